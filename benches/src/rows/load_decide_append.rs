//! Load, decide, append, on accounts with 100 past events, 16 callers: without the cache of states, and with it.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use diptych::{Node, Result};
use rusqlite::Connection;

use super::{commands::deposits, read_log::fill_by_hand};
use crate::{
    bank::{self, MEMO, Moved, Withdraw, account, reference},
    callers::Callers,
    hand::{
        Sync,
        grouped::Grouped,
        log::{DEPOSITED, Fact, OPENED, WITHDRAWN},
        open,
    },
    number::per_second,
    row::{First, Measure, Pair, Row, Running, Setting, Target},
};

/// See the page.
pub(crate) struct LoadDecideAppend;

/// Those who call at once.
const CALLERS: usize = 16;
/// Accounts that there are; each caller has its own share.
const ACCOUNTS: usize = 1_000;
/// Events on each before the first call.
const PAST: usize = 100;

struct Prepared {
    uncached: Node,
    cached: Node,
    /// The single-event figure: commands on accounts of few events.
    single: Node,
    grouped: Grouped,
    by_hand: PathBuf,
    each: usize,
}

#[async_trait]
impl Row for LoadDecideAppend {
    fn name(&self) -> &'static str {
        "load-decide-append"
    }

    fn measures(&self) -> Vec<Measure> {
        vec![
            Measure {
                name: "load-100-uncached",
                title: "Load, decide, append on 100 past events, 16 callers, without the state cache",
                unit: "commands/s",
                target: Target::AtLeast(0.7),
                decoded: "both",
                baseline: "16 tasks, a connection each, on the runtime's own threads: `SELECT` the stream, `serde_json`, fold, decide; then the grouped writer, which refuses a stale revision",
            },
            Measure {
                name: "load-100-cached",
                title: "The same with the state cache",
                unit: "commands/s",
                target: Target::AtLeast(0.8),
                decoded: "ours: its own event into the cached state; beside it: the same",
                baseline: "our own single-event commands, 16 callers, on accounts of few events",
            },
        ]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let past = setting.scale.of(20, PAST);
        let accounts: Vec<_> = (0..ACCOUNTS).map(account).collect();
        let at = |name| setting.folder.join(name);
        let uncached = bank::app(&at("uncached"))?.state_cache_bytes(0).start().await?;
        let cached = bank::app(&at("cached"))?.start().await?;
        setting.tell.now("writing what is past");
        for node in [&uncached, &cached] {
            bank::fill(node, &accounts, past).await?;
            node.settled(std::time::Duration::from_secs(120)).await?;
        }
        let by_hand = at("log.db");
        fill_by_hand(&by_hand, past * ACCOUNTS)?;
        let (grouped, _) = Grouped::start(&by_hand);
        let single = bank::app(&at("single"))?.start().await?;
        let mut prepared =
            Prepared { uncached, cached, single, grouped, by_hand, each: setting.scale.of(20, 250) };
        // Every account once, so that the cache has what it will be asked for.
        let all = ACCOUNTS.div_ceil(CALLERS);
        let each = std::mem::replace(&mut prepared.each, all);
        withdrawals(&prepared.cached, prepared.callers()).await?;
        prepared.each = each;
        Ok(Box::new(prepared))
    }
}

fn own_account(caller: usize, n: usize) -> String {
    let share = ACCOUNTS / CALLERS;
    account(caller * share + n % share)
}

async fn withdrawals(node: &Node, callers: Callers) -> Result<f64> {
    let node = node.clone();
    let took = callers.run(move |caller, n| {
        let node = node.clone();
        async move {
            let from = own_account(caller, n).parse()?;
            node.execute(Withdraw { from, cents: 1, reference: reference(n) }).await?;
            Ok(())
        }
    });
    Ok(per_second(callers.calls(), took.await?))
}

/// The same by hand: each caller has a connection that reads, and a thread to read on.
async fn by_hand(log: &Grouped, file: &Path, callers: Callers) -> Result<f64> {
    let readers: Vec<_> = (0..callers.callers).map(|_| open(file, Sync::Full)).collect::<Result<_, _>>()?;
    let readers: Vec<_> =
        readers.into_iter().map(|reader| std::sync::Arc::new(std::sync::Mutex::new(reader))).collect();
    let log = log.clone();
    let took = callers.run(move |caller, n| {
        let (reader, log) = (std::sync::Arc::clone(&readers[caller]), log.clone());
        async move {
            let stream = own_account(caller, n);
            // On the runtime's own thread: the least that there is, and quick enough for sixteen callers.
            let loaded = load(&*reader.lock().map_err(|_| "a reader panicked")?, &stream);
            let (cents, revision) = loaded?;
            if cents < 1 {
                return Err("there is less on it".into());
            }
            let moved = Moved { cents: 1, reference: reference(n), memo: MEMO.to_owned() };
            let payload = serde_json::to_vec(&moved)?;
            let (tags, expected) = (Vec::new(), Some(revision));
            log.write(Fact { stream, kind: WITHDRAWN, recorded_at: 0, payload, tags, expected }).await?;
            Ok(())
        }
    });
    Ok(per_second(callers.calls(), took.await?))
}

fn load(reader: &Connection, stream: &str) -> Result<(i64, i64)> {
    let mut events = reader.prepare_cached(include_str!("../../sql/hand_stream.sql"))?;
    let mut events = events.query([stream])?;
    let (mut cents, mut revision) = (0, -1);
    while let Some(event) = events.next()? {
        revision = event.get(0)?;
        let payload = event.get_ref(2)?.as_blob()?;
        match event.get(1)? {
            OPENED => {}
            DEPOSITED => cents += serde_json::from_slice::<Moved>(payload)?.cents,
            _ => cents -= serde_json::from_slice::<Moved>(payload)?.cents,
        }
    }
    Ok((cents, revision))
}

impl Prepared {
    const fn callers(&self) -> Callers {
        Callers { callers: CALLERS, each: self.each }
    }
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        let callers = self.callers();
        let raw = by_hand(&self.grouped, &self.by_hand, callers);
        let (uncached, raw) = first.in_turn(withdrawals(&self.uncached, callers), raw).await?;
        let more = Callers { each: callers.each * 2, ..callers };
        let single = deposits(&self.single, more);
        let (cached, single) = first.in_turn(withdrawals(&self.cached, more), single).await?;
        Ok(vec![Pair::of(uncached, raw), Pair::of(cached, single)])
    }

    async fn end(self: Box<Self>) -> Result {
        for node in [&self.uncached, &self.cached, &self.single] {
            node.shut_down().await?;
        }
        Ok(())
    }
}
