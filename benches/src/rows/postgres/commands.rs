//! Durable single-event commands on PostgreSQL, 64 and 256 callers in one process.

use std::time::Duration;

use async_trait::async_trait;
use diptych::{Node, Result};

use super::bank::app;
use crate::{
    callers::Callers,
    hand::postgres::{Place, grouped::Grouped, singly::Singly},
    number::per_second,
    row::{First, Measure, Pair, Row, Running, Setting, Target},
    rows::commands::{ACCOUNTS, deposits, fact},
};

/// See the page.
pub(crate) struct Commands;

const SINGLY: &str = "16 connections; the callers take turns on them, with one prepared `INSERT` of the event each, committed by itself; positions are a sequence's, revisions the caller's";

struct Prepared {
    places: [Place; 3],
    node: Node,
    grouped: Grouped,
    singly: Singly,
    few: Callers,
    many: Callers,
    /// Goes up with every run, so that the revisions of the log by hand do.
    runs: i64,
}

#[async_trait]
impl Row for Commands {
    fn name(&self) -> &'static str {
        "pg-commands"
    }

    fn needs_postgres(&self) -> bool {
        true
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
                "pg-commands-64",
                "PostgreSQL: durable single-event commands, 64 callers",
                Target::AtLeast(0.7),
                "64 tasks encode the event and hand it to a task, which writes whatever waits, the same rows, in one pipeline from `BEGIN` to `COMMIT`, prepared, and knows the streams' ends from a map",
            ),
            measure(
                "pg-commands-64-singly",
                "The same against a transaction per event on 16 connections",
                Target::AtLeast(1.4),
                SINGLY,
            ),
            measure("pg-commands-256-singly", "The same with 256 callers", Target::AtLeast(2.0), SINGLY),
        ]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let places = [
            Place::new(setting, "ours").await?,
            Place::new(setting, "grouped").await?,
            Place::new(setting, "singly").await?,
        ];
        let node = app(&places[0].url())?.start().await?;
        let grouped = Grouped::start(&places[1]).await?;
        let singly = Singly::start(&places[2]).await?;
        let few = Callers { callers: 64, each: setting.scale.of(10, 150) };
        let many = Callers { callers: 256, each: setting.scale.of(4, 50) };
        Ok(Box::new(Prepared { places, node, grouped, singly, few, many, runs: 0 }))
    }
}

async fn in_groups(log: &Grouped, callers: Callers) -> Result<f64> {
    let log = log.clone();
    let took = callers.run(move |caller, n| {
        let log = log.clone();
        async move { log.write(fact(caller, n)?).await.map(drop) }
    });
    Ok(per_second(callers.calls(), took.await?))
}

impl Prepared {
    async fn one_by_one(&mut self, callers: Callers) -> Result<f64> {
        self.runs += 1;
        let (log, runs) = (self.singly.clone(), self.runs);
        let took: Duration = callers
            .run(move |caller, n| {
                let log = log.clone();
                async move {
                    let stream = i64::try_from(caller * ACCOUNTS + n % ACCOUNTS)?;
                    log.write(fact(caller, n)?, stream, runs * 1_000 + i64::try_from(n)?).await
                }
            })
            .await?;
        Ok(per_second(callers.calls(), took))
    }
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        let (node, few, many) = (self.node.clone(), self.few, self.many);
        let ours = async { Ok((deposits(&node, few).await?, deposits(&node, many).await?)) };
        let by_hand = async {
            let grouped = in_groups(&self.grouped, few).await?;
            Ok((grouped, self.one_by_one(few).await?, self.one_by_one(many).await?))
        };
        let ((ours_few, ours_many), (grouped, singly_few, singly_many)) =
            first.in_turn(ours, by_hand).await?;
        Ok(vec![
            Pair::of(ours_few, grouped),
            Pair::of(ours_few, singly_few),
            Pair::of(ours_many, singly_many),
        ])
    }

    async fn end(self: Box<Self>) -> Result {
        self.node.shut_down().await?;
        for place in &self.places {
            place.remove().await?;
        }
        Ok(())
    }
}
