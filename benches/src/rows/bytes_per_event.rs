//! Bytes written and bytes kept for an event, and what they consist of.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use diptych::Result;
use rusqlite::Connection;

use super::commands::{deposits, grouped};
use crate::{
    bank::{self, balance, balances},
    callers::Callers,
    hand::grouped::Grouped,
    number::float,
    row::{Detail, First, Measure, Pair, Row, Running, Setting, Target},
};

/// See the page.
pub(crate) struct BytesPerEvent;

struct Prepared {
    folder: PathBuf,
    callers: Callers,
    turn: usize,
    details: Vec<Detail>,
}

#[async_trait]
impl Row for BytesPerEvent {
    fn name(&self) -> &'static str {
        "bytes"
    }

    fn measures(&self) -> Vec<Measure> {
        let measure = |name, title| Measure {
            name,
            title,
            unit: "bytes/event",
            target: Target::Told,
            decoded: "by the projection",
            baseline: "the log by hand, 64 callers, grouped; it keeps no ids, no causes and no read model",
        };
        vec![
            measure("bytes-written-log", "Bytes written to the log's WAL, single-event commands, 64 callers"),
            measure("bytes-written-all", "Bytes written to every WAL: log, correlation index, a read model"),
            measure("bytes-kept-log", "Bytes kept in log.db"),
            measure("bytes-kept-all", "Bytes kept in the folder"),
        ]
    }

    fn most_pairs(&self) -> usize {
        5
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        // So few that no WAL is moved into its file before it is looked at: its size is what was written.
        let callers = Callers { callers: 64, each: setting.scale.of(20, 80) };
        Ok(Box::new(Prepared { folder: setting.folder.clone(), callers, turn: 0, details: Vec::new() }))
    }
}

/// The sizes of all files of a folder whose names end so, by their paths in it.
fn sizes(folder: &Path, ending: &str) -> Result<BTreeMap<String, f64>> {
    let mut sizes = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
                sizes.insert(name, float(fs::metadata(&path)?.len()));
            }
        }
    }
    Ok(sizes)
}

/// Bytes per table and index of a database.
fn objects(file: &Path) -> Result<BTreeMap<String, f64>> {
    let connection = Connection::open(file)?;
    let mut sizes =
        connection.prepare("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC")?;
    let sizes = sizes.query_map([], |row| Ok((row.get(0)?, float(row.get::<_, i64>(1)?))))?;
    Ok(sizes.collect::<Result<_, _>>()?)
}

fn parts(sizes: BTreeMap<String, f64>, events: f64) -> Vec<(String, f64)> {
    let mut parts: Vec<_> = sizes.into_iter().map(|(name, size)| (name, size / events)).collect();
    parts.retain(|(_, size)| *size >= 0.5);
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    parts
}

/// What was written and what is kept: the log's, and all.
struct Bytes {
    written: (f64, f64),
    kept: (f64, f64),
}

impl Prepared {
    async fn ours(&self, folder: &Path) -> Result<(Bytes, Vec<Detail>)> {
        let node = bank::app(folder)?.projection(balances).query(balance).start().await?;
        deposits(&node, self.callers).await?;
        node.settled(Duration::from_secs(60)).await?;
        let events = float(self.callers.calls());
        let written = sizes(folder, "-wal")?;
        node.shut_down().await?;
        drop(node);
        for file in sizes(folder, ".db")?.keys() {
            put_away(&folder.join(file))?;
        }
        let (kept, log) = (sizes(folder, ".db")?, objects(&folder.join("log.db"))?);
        let of =
            |sizes: &BTreeMap<String, f64>, name: &str| sizes.get(name).copied().unwrap_or_default() / events;
        let bytes = Bytes {
            written: (of(&written, "log.db-wal"), written.values().sum::<f64>() / events),
            kept: (of(&kept, "log.db"), kept.values().sum::<f64>() / events),
        };
        let detail = |title: &str, sizes| Detail::Parts {
            title: title.to_owned(),
            unit: "bytes/event",
            parts: parts(sizes, events),
        };
        let details = vec![
            detail("Bytes written for an event, by WAL", written),
            detail("Bytes kept for an event, by file", kept),
            detail("Bytes kept for an event in log.db, by table and index", log),
        ];
        Ok((bytes, details))
    }

    async fn by_hand(&self, folder: &Path) -> Result<Bytes> {
        let file = folder.join("log.db");
        let (log, thread) = Grouped::start(&file);
        grouped(&log, self.callers).await?;
        let events = float(self.callers.calls());
        let written = sizes(folder, "-wal")?.values().sum::<f64>() / events;
        drop(log);
        thread.join().map_err(|_| "the writer panicked")??;
        put_away(&file)?;
        let kept = sizes(folder, ".db")?.values().sum::<f64>() / events;
        Ok(Bytes { written: (written, written), kept: (kept, kept) })
    }
}

/// Moves what stands in a WAL into its file.
fn put_away(file: &Path) -> Result {
    let connection = Connection::open(file)?;
    Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        self.turn += 1;
        let folder = |side: &str| self.folder.join(format!("{side}-{}", self.turn));
        let (own, hand) = (folder("ours"), folder("by-hand"));
        fs::create_dir_all(&hand)?;
        let ((ours, details), by_hand) = first.in_turn(self.ours(&own), self.by_hand(&hand)).await?;
        self.details = details;
        Ok(vec![
            Pair::of(ours.written.0, by_hand.written.0),
            Pair::of(ours.written.1, by_hand.written.1),
            Pair::of(ours.kept.0, by_hand.kept.0),
            Pair::of(ours.kept.1, by_hand.kept.1),
        ])
    }

    async fn details(&mut self) -> Result<Vec<Detail>> {
        Ok(std::mem::take(&mut self.details))
    }
}
