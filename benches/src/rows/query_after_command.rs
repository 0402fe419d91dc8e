//! From an acknowledged command until the query answers with it, at 200 commands a second.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use diptych::{AskOptions, Node, Result};
use rusqlite::{Connection, OptionalExtension};
use tokio::{sync::watch, task::JoinHandle};

use super::commands::{fact, own_account};
use crate::{
    bank::{self, Balance, Deposit, balance, balances, reference},
    hand::{
        Sync,
        grouped::Grouped,
        model::{Model, Way},
        open,
    },
    number::float,
    row::{Detail, First, Line, Measure, Pair, Row, Running, Setting, Target},
};

/// See the page.
pub(crate) struct QueryAfterCommand;

/// Between two commands.
const EVERY: Duration = Duration::from_millis(5);
/// How long an answer may take.
const AT_MOST: Duration = Duration::from_secs(30);

struct Prepared {
    node: Node,
    by_hand: ByHand,
    commands: usize,
    /// Every latency, ours and by hand, in microseconds.
    all: [Vec<f64>; 2],
}

#[async_trait]
impl Row for QueryAfterCommand {
    fn name(&self) -> &'static str {
        "query-after-command"
    }

    fn measures(&self) -> Vec<Measure> {
        let measure = |name, title, most| Measure {
            name,
            title,
            unit: "µs",
            target: Target::AtMost(most),
            decoded: "both",
            baseline: "one process: the grouped writer; a task that follows the log's file with `SELECT` and upserts when it is told of news; then the `SELECT` of the row, on the runtime's own threads",
        };
        vec![
            measure("query-after-p50", "Acknowledged → the query answers with it, 200 commands/s, p50", 1.2),
            measure("query-after-p99", "The same, p99", 3.0),
        ]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let app = bank::app(&setting.folder.join("ours"))?;
        let node = app.projection(balances).query(balance).start().await?;
        let by_hand = ByHand::start(&setting.folder)?;
        Ok(Box::new(Prepared { node, by_hand, commands: setting.scale.of(60, 500), all: Default::default() }))
    }
}

/// The same by hand: writer, follower and query in one process.
#[derive(Clone)]
struct ByHand {
    log: Grouped,
    reached: watch::Receiver<i64>,
    reader: Arc<Mutex<Connection>>,
}

impl ByHand {
    fn start(folder: &Path) -> Result<Self> {
        let (file, rows) = (folder.join("log.db"), folder.join("rows.db"));
        drop(crate::hand::log::make(&file)?);
        let (log, _) = Grouped::start(&file);
        let mut model = Model::new(&rows, &file)?;
        let (reach, reached) = watch::channel(0);
        let mut head = log.head();
        let _follower: JoinHandle<Result> = tokio::spawn(async move {
            while head.changed().await.is_ok() {
                head.borrow_and_update();
                while let (at, true) = model.step(Way::Each)? {
                    reach.send_replace(at);
                }
            }
            Ok(())
        });
        let reader = open(&rows, Sync::Normal)?;
        Ok(Self { log, reached, reader: Arc::new(Mutex::new(reader)) })
    }

    async fn one(mut self, n: usize) -> Result<f64> {
        let position = self.log.write(fact(0, n)?).await?;
        let begun = Instant::now();
        self.reached.wait_for(|at| *at >= position).await?;
        let reader = self.reader.lock().map_err(|_| "a reader panicked")?;
        let mut get = reader.prepare_cached(include_str!("../../sql/balance_get.sql"))?;
        let cents: Option<i64> = get.query_row([own_account(0, n)], |row| row.get(0)).optional()?;
        let took = begun.elapsed();
        cents.ok_or("the row is not there")?;
        Ok(took.as_secs_f64() * 1e6)
    }
}

async fn ours(node: Node, n: usize) -> Result<f64> {
    let to: crate::bank::AccountId = own_account(0, n).parse()?;
    let deposit = Deposit { to: to.clone(), cents: 100, reference: reference(n) };
    let receipt = node.execute(deposit).await?;
    let begun = Instant::now();
    let answered = node.ask_with(Balance(to), AskOptions::after(receipt.position, AT_MOST)).await?;
    let took = begun.elapsed();
    answered.value.ok_or("the row is not there")?;
    Ok(took.as_secs_f64() * 1e6)
}

/// Begins one every so often, whatever became of those before; answers what they gave, the least first.
///
/// # Errors
/// That of one that failed.
pub(super) async fn at_a_rate<R>(every: Duration, count: usize, one: impl Fn(usize) -> R) -> Result<Vec<f64>>
where
    R: Future<Output = Result<f64>> + Send + 'static,
{
    let mut clock = tokio::time::interval(every);
    let mut begun = Vec::with_capacity(count);
    for n in 0..count {
        clock.tick().await;
        begun.push(tokio::spawn(one(n)));
    }
    let mut all = Vec::with_capacity(count);
    for one in begun {
        all.push(one.await??);
    }
    all.sort_by(f64::total_cmp);
    Ok(all)
}

/// The value below which so many of a hundred are.
pub(super) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let at = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// The curve of some latencies.
pub(super) fn line(name: &'static str, all: &[f64]) -> Line {
    let mut sorted = all.to_vec();
    sorted.sort_by(f64::total_cmp);
    let points = (1..=100_u64).map(|percent| {
        let value = percentile(&sorted, usize::try_from(percent).unwrap_or(100));
        (value, float(percent))
    });
    Line { name, points: points.collect() }
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        let ours = at_a_rate(EVERY, self.commands, |n| ours(self.node.clone(), n));
        let by_hand = at_a_rate(EVERY, self.commands, |n| self.by_hand.clone().one(n));
        let (ours, by_hand) = first.in_turn(ours, by_hand).await?;
        let pairs =
            [50, 99].map(|percent| Pair::of(percentile(&ours, percent), percentile(&by_hand, percent)));
        self.all[0].extend(ours);
        self.all[1].extend(by_hand);
        Ok(pairs.into())
    }

    async fn details(&mut self) -> Result<Vec<Detail>> {
        Ok(vec![Detail::Curve {
            file: "query-after-command",
            title: "Acknowledged → the query answers with it, 200 commands a second".to_owned(),
            across: "µs since the receipt",
            up: "% answered",
            lines: vec![line("ours", &self.all[0]), line("by hand", &self.all[1])],
        }])
    }

    async fn end(self: Box<Self>) -> Result {
        Ok(self.node.shut_down().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!((percentile(&values, 50), percentile(&values, 99)), (100.0, 198.0));
        assert_eq!((percentile(&[7.0], 1), percentile(&[7.0], 99)), (7.0, 7.0));
    }
}
