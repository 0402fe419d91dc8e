//! Reading the whole log, every event as its type.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use diptych::{EventStore, Filter, Position, Result, Subscription, codec};

use crate::{
    bank::{self, AccountEvent, MEMO, Moved, Opened, account, reference},
    hand::log::{DEPOSITED, Fact, OPENED, Writer, make},
    number::per_second,
    row::{First, Measure, Pair, Row, Running, Setting, Target},
};

/// See the page.
pub(crate) struct ReadLog;

struct Prepared {
    store: Arc<dyn EventStore>,
    by_hand: PathBuf,
    events: usize,
}

/// Accounts that the events are on.
const ACCOUNTS: usize = 1_000;

#[async_trait]
impl Row for ReadLog {
    fn name(&self) -> &'static str {
        "read-log"
    }

    fn measures(&self) -> Vec<Measure> {
        vec![Measure {
            name: "read-typed",
            title: "Reading the whole log, typed",
            unit: "events/s",
            target: Target::AtLeast(0.6),
            decoded: "both",
            baseline: "one `SELECT` of position, type and payload over the whole table, `serde_json` into the same structs, on one thread; ours is a subscription, which reads a page ahead on another",
        }]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let events = setting.scale.of(10_000, 200_000);
        let folder = setting.folder.join("ours");
        let node = bank::app(&folder)?.start().await?;
        let accounts: Vec<_> = (0..ACCOUNTS).map(account).collect();
        bank::fill(&node, &accounts, events / ACCOUNTS).await?;
        node.shut_down().await?;
        let by_hand = setting.folder.join("log.db");
        fill_by_hand(&by_hand, events)?;
        let store = diptych_sqlite::SqliteFolder::open(&folder, Default::default())?.store();
        Ok(Box::new(Prepared { store, by_hand, events }))
    }
}

/// A log by hand with so many deposits, as [`bank::fill`] makes one.
///
/// # Errors
/// What SQLite said.
pub(super) fn fill_by_hand(file: &Path, events: usize) -> Result {
    let connection = make(file)?;
    let mut writer = Writer::new(&connection)?;
    let each = events / ACCOUNTS;
    let all = (0..ACCOUNTS).flat_map(|account| (0..each).map(move |n| (account, n)));
    let mut facts = all.map(|(of, n)| {
        let moved = Moved { cents: 100, reference: reference(n), memo: MEMO.to_owned() };
        let payload = serde_json::to_vec(&moved)?;
        let (stream, tags) = (account(of), Vec::new());
        Ok(Fact { stream, kind: DEPOSITED, recorded_at: 0, payload, tags, expected: None })
    });
    loop {
        let some: Vec<Fact> = facts.by_ref().take(1_000).collect::<Result<_>>()?;
        if some.is_empty() {
            return Ok(());
        }
        writer.write(&some)?;
    }
}

/// Reads all of a log, every event as its type, as whatever goes through the whole log does: by a subscription, which reads the
/// next page as this one is worked on. Answers how many there were and how long it took.
///
/// # Errors
/// What the store said, or an event that cannot be read.
pub(super) async fn read_ours(store: &Arc<dyn EventStore>) -> Result<(usize, Duration)> {
    let begun = Instant::now();
    let mut feed = Subscription::new(Arc::clone(store), Filter::All, Position::START);
    let mut count = 0;
    loop {
        let batch = feed.next().await?;
        for event in &batch.events {
            std::hint::black_box(codec::decode::<AccountEvent>(event)?);
            count += 1;
        }
        if batch.watermark >= batch.head {
            return Ok((count, begun.elapsed()));
        }
    }
}

fn read_by_hand(file: &Path) -> Result<(usize, Duration)> {
    let connection = make(file)?;
    let begun = Instant::now();
    let mut events = connection.prepare("SELECT position, type, payload FROM events ORDER BY position")?;
    let mut events = events.query([])?;
    let mut count = 0;
    while let Some(event) = events.next()? {
        let payload = event.get_ref(2)?.as_blob()?;
        std::hint::black_box(event.get::<_, i64>(0)?);
        match event.get::<_, i64>(1)? {
            OPENED => drop(std::hint::black_box(serde_json::from_slice::<Opened>(payload)?)),
            _ => drop(std::hint::black_box(serde_json::from_slice::<Moved>(payload)?)),
        }
        count += 1;
    }
    Ok((count, begun.elapsed()))
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        let file = self.by_hand.clone();
        let by_hand = async { tokio::task::spawn_blocking(move || read_by_hand(&file)).await? };
        let (ours, by_hand) = first.in_turn(read_ours(&self.store), by_hand).await?;
        if ours.0 != self.events || by_hand.0 != self.events {
            return Err(format!("read {} and {} of {} events", ours.0, by_hand.0, self.events).into());
        }
        Ok(vec![Pair::of(per_second(ours.0, ours.1), per_second(by_hand.0, by_hand.1))])
    }

    async fn end(self: Box<Self>) -> Result {
        Ok(self.store.close().await?)
    }
}
