//! Filling a projection from position 0: an upsert per event, and a statement per batch.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use diptych::{Node, Operation, Position, Result};

use super::read_log::fill_by_hand;
use crate::{
    bank::{self, account, balances, balances_in_batches},
    hand::model::{Model, Way},
    number::per_second,
    row::{First, Measure, Pair, Row, Running, Setting, Target},
};

/// See the page.
pub(crate) struct Projections;

/// How long anything may take.
const AT_MOST: Duration = Duration::from_secs(300);

/// Accounts that the events are on.
const ACCOUNTS: usize = 1_000;

struct Prepared {
    node: Node,
    folder: PathBuf,
    log: PathBuf,
    events: usize,
    made: usize,
}

#[async_trait]
impl Row for Projections {
    fn name(&self) -> &'static str {
        "projection"
    }

    fn measures(&self) -> Vec<Measure> {
        let measure = |name, title, baseline| Measure {
            name,
            title,
            unit: "events/s",
            target: Target::AtLeast(0.6),
            decoded: "both",
            baseline,
        };
        vec![
            measure(
                "projection-each",
                "Catch-up projection, one upsert per event",
                "`SELECT` a thousand with the stream's name, `serde_json`, a prepared upsert each and the checkpoint in one transaction, without sync, on one thread",
            ),
            measure(
                "projection-batch",
                "Catch-up projection, one statement per batch",
                "the same, but the batch is one statement over `json_each`",
            ),
        ]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let events = setting.scale.of(10_000, 150_000);
        let app = bank::app(&setting.folder.join("ours"))?;
        let node = app.projection(balances).projection(balances_in_batches).start().await?;
        let accounts: Vec<_> = (0..ACCOUNTS).map(account).collect();
        bank::fill(&node, &accounts, events / ACCOUNTS).await?;
        node.settled(AT_MOST).await?;
        let log = setting.folder.join("log.db");
        fill_by_hand(&log, events)?;
        Ok(Box::new(Prepared { node, folder: setting.folder.clone(), log, events, made: 0 }))
    }
}

/// Fills a new generation; answers how long it took until it was not behind. Then it takes the old one's place.
///
/// # Errors
/// What the node said, or that it took too long.
pub(super) async fn rebuild(node: &Node, projection: &str) -> Result<Duration> {
    let head = node.store().head().await?;
    let begun = Instant::now();
    node.operate(projection, Operation::Rebuild).await?;
    while filled(node, projection).await? < head {
        if begun.elapsed() > AT_MOST {
            return Err(format!("{projection} is not filled after {AT_MOST:?}").into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await; // tidy: nothing tells that a candidate is filled but asking
    }
    let took = begun.elapsed();
    while let Err(error) = node.operate(projection, Operation::Promote).await {
        if begun.elapsed() > AT_MOST {
            return Err(error.into());
        }
        tokio::task::yield_now().await;
    }
    Ok(took)
}

/// Up to where the generation that is being filled has come.
///
/// # Errors
/// What the node said.
pub(super) async fn filled(node: &Node, projection: &str) -> Result<Position> {
    let all = node.projections().await?;
    let candidate = all.into_iter().find(|it| it.name == projection).and_then(|it| it.candidate);
    Ok(candidate.map_or(Position::START, |candidate| candidate.position))
}

impl Prepared {
    async fn pair_of(&mut self, first: First, projection: &str, way: Way) -> Result<Pair> {
        self.made += 1;
        let (file, log) = (self.folder.join(format!("model-{}.db", self.made)), self.log.clone());
        let by_hand = async {
            let filling = move || {
                let begun = Instant::now();
                Model::new(&file, &log)?.catch_up(way)?;
                Ok::<_, diptych::BoxError>(begun.elapsed())
            };
            tokio::task::spawn_blocking(filling).await?
        };
        let (ours, by_hand) = first.in_turn(rebuild(&self.node, projection), by_hand).await?;
        Ok(Pair::of(per_second(self.events, ours), per_second(self.events, by_hand)))
    }
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        Ok(vec![
            self.pair_of(first, "balances", Way::Each).await?,
            self.pair_of(first, "balances_in_batches", Way::Batched).await?,
        ])
    }

    async fn end(self: Box<Self>) -> Result {
        Ok(self.node.shut_down().await?)
    }
}
