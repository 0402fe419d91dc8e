//! Durable single-event commands, 64 callers in one process.

use std::{path::Path, time::Instant};

use async_trait::async_trait;
use diptych::{Node, Result};

use crate::{
    bank::{self, Deposit, MEMO, Moved, account, reference},
    callers::Callers,
    hand::{
        grouped::Grouped,
        log::{DEPOSITED, Fact, Writer, make},
    },
    number::per_second,
    row::{First, Measure, Pair, Row, Running, Setting, Target},
};

/// See the page.
pub(crate) struct Commands;

/// Accounts of each caller: nobody meets anybody else.
pub(in crate::rows) const ACCOUNTS: usize = 100;

/// The name of a caller's account for its n-th call.
pub(in crate::rows) fn own_account(caller: usize, n: usize) -> String {
    account(caller * ACCOUNTS + n % ACCOUNTS)
}

/// The deposit that is made by hand, encoded anew each time as ours is.
///
/// # Errors
/// What serde said.
pub(in crate::rows) fn fact(caller: usize, n: usize) -> Result<Fact> {
    let moved = Moved { cents: 100, reference: reference(n), memo: MEMO.to_owned() };
    let payload = serde_json::to_vec(&moved)?;
    let stream = own_account(caller, n);
    Ok(Fact { stream, kind: DEPOSITED, recorded_at: 0, payload, tags: Vec::new(), expected: None })
}

/// One deposit through the bus.
///
/// # Errors
/// How the command ended otherwise.
pub(in crate::rows) async fn deposit(node: &Node, caller: usize, n: usize) -> Result {
    let to = own_account(caller, n).parse()?;
    node.execute(Deposit { to, cents: 100, reference: reference(n) }).await?;
    Ok(())
}

/// So many deposits by callers through the bus; a second.
///
/// # Errors
/// How a command ended otherwise.
pub(in crate::rows) async fn deposits(node: &Node, callers: Callers) -> Result<f64> {
    let node = node.clone();
    let took = callers.run(move |caller, n| {
        let node = node.clone();
        async move { deposit(&node, caller, n).await }
    });
    Ok(per_second(callers.calls(), took.await?))
}

/// The same by hand, grouped.
///
/// # Errors
/// What SQLite said.
pub(in crate::rows) async fn grouped(log: &Grouped, callers: Callers) -> Result<f64> {
    let log = log.clone();
    let took = callers.run(move |caller, n| {
        let log = log.clone();
        async move { log.write(fact(caller, n)?).await.map(drop) }
    });
    Ok(per_second(callers.calls(), took.await?))
}

/// The same by hand, a transaction each, in one loop.
///
/// # Errors
/// What SQLite said.
pub(in crate::rows) fn one_by_one(file: &Path, count: usize) -> Result<f64> {
    let connection = make(file)?;
    let mut writer = Writer::new(&connection)?;
    let begun = Instant::now();
    for n in 0..count {
        writer.write([&fact(0, n)?])?;
    }
    Ok(per_second(count, begun.elapsed()))
}

struct Prepared {
    node: Node,
    grouped: Grouped,
    one_by_one: std::path::PathBuf,
    callers: Callers,
    singles: usize,
}

#[async_trait]
impl Row for Commands {
    fn name(&self) -> &'static str {
        "commands"
    }

    fn measures(&self) -> Vec<Measure> {
        let measure = |name, title, target, baseline| Measure {
            name,
            title,
            unit: "commands/s",
            target,
            decoded: "ours: its own event into the cached state; by hand: no",
            baseline,
        };
        vec![
            measure(
                "commands-64",
                "Durable single-event commands, 64 callers",
                Target::AtLeast(0.7),
                "64 tasks encode the event and hand it to a thread, which writes whatever waits in one synced transaction and knows the streams' ends from a map",
            ),
            measure(
                "commands-64-singly",
                "The same against a transaction per event",
                Target::AtLeast(4.0),
                "one loop: encode, insert, commit, synced each",
            ),
        ]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let node = bank::app(&setting.folder.join("ours"))?.start().await?;
        let (grouped, _) = Grouped::start(&setting.folder.join("grouped.db"));
        let one_by_one = setting.folder.join("singly.db");
        let callers = Callers { callers: 64, each: setting.scale.of(20, 200) };
        Ok(Box::new(Prepared { node, grouped, one_by_one, callers, singles: setting.scale.of(100, 1_000) }))
    }
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        let by_hand = async {
            let in_groups = grouped(&self.grouped, self.callers).await?;
            let (file, count) = (self.one_by_one.clone(), self.singles);
            let singly = tokio::task::spawn_blocking(move || one_by_one(&file, count)).await??;
            Ok((in_groups, singly))
        };
        let (ours, (in_groups, singly)) = first.in_turn(deposits(&self.node, self.callers), by_hand).await?;
        Ok(vec![Pair::of(ours, in_groups), Pair::of(ours, singly)])
    }

    async fn end(self: Box<Self>) -> Result {
        Ok(self.node.shut_down().await?)
    }
}
