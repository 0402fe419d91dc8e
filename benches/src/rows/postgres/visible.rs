//! From an acknowledged command until the query of another process answers with it, at 100 commands a second.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use diptych::{Node, Result};

use super::bank::{app, balances};
use crate::{
    bank::{AccountId, Deposit, balance, reference},
    beside::{Beside, Role},
    hand::postgres::Place,
    row::{Detail, First, Line, Measure, Pair, Row, Running, Setting, Target},
    rows::{
        commands::own_account,
        query_after_command::{at_a_rate, line, percentile},
    },
};

/// See the page.
pub(crate) struct Visible;

/// Between two commands.
const EVERY: Duration = Duration::from_millis(10);
/// How long anything may take.
const AT_MOST: Duration = Duration::from_secs(30);

/// Who sends commands, and who answers.
struct Case {
    place: Place,
    here: Node,
    there: Arc<Beside>,
    /// Every latency, in microseconds.
    all: Vec<f64>,
}

struct Prepared {
    cases: [Case; 2],
    commands: usize,
}

#[async_trait]
impl Row for Visible {
    fn name(&self) -> &'static str {
        "pg-visible"
    }

    fn needs_postgres(&self) -> bool {
        true
    }

    fn measures(&self) -> Vec<Measure> {
        let measure = |name, title, most, baseline| Measure {
            name,
            title,
            unit: "ms",
            target: Target::Below(most),
            decoded: "by the projection",
            baseline,
        };
        let there = "nothing; the process that answers fills the projection too, the other one only sends commands. Timed where the command was sent, with the pipe to the other process";
        let here = "nothing; the process that sends commands fills the projection too, so the other one waits to be told";
        vec![
            measure(
                "pg-visible-p50",
                "PostgreSQL: acknowledged → the query of another process answers with it, 100 commands/s, p50",
                5.0,
                there,
            ),
            measure("pg-visible-p99", "The same, p99", 25.0, there),
            measure("pg-visible-told-p50", "The same, filled where the commands are sent, p50", 5.0, here),
            measure("pg-visible-told-p99", "The same, p99", 25.0, here),
        ]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let place = Place::new(setting, "there").await?;
        let there = Arc::new(Beside::start(&place.url(), Role::Balances).await?);
        let here = app(&place.url())?.start().await?;
        let answers = Case { place, here, there, all: Vec::new() };
        let place = Place::new(setting, "here").await?;
        let here = app(&place.url())?.projection(balances).query(balance).start().await?;
        let begun = Instant::now();
        while !here.leads("balances") {
            if begun.elapsed() > AT_MOST {
                return Err("nobody fills the projection".into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await; // tidy: nothing tells that a node leads but asking
        }
        let there = Arc::new(Beside::start(&place.url(), Role::Balances).await?);
        let is_told = Case { place, here, there, all: Vec::new() };
        Ok(Box::new(Prepared { cases: [answers, is_told], commands: setting.scale.of(60, 400) }))
    }
}

async fn one(node: Node, there: Arc<Beside>, n: usize) -> Result<f64> {
    let to: AccountId = own_account(0, n).parse()?;
    let deposit = Deposit { to: to.clone(), cents: 100, reference: reference(n) };
    let receipt = node.execute(deposit).await?;
    let begun = Instant::now();
    there.sees(n, receipt.position, &to).await?;
    Ok(begun.elapsed().as_secs_f64() * 1e6)
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, _: First) -> Result<Vec<Pair>> {
        let mut pairs = Vec::new();
        for case in &mut self.cases {
            let all = at_a_rate(EVERY, self.commands, |n| one(case.here.clone(), Arc::clone(&case.there), n));
            let all = all.await?;
            pairs.extend([50, 99].map(|percent| Pair::alone(percentile(&all, percent) / 1e3)));
            case.all.extend(all);
        }
        Ok(pairs)
    }

    async fn details(&mut self) -> Result<Vec<Detail>> {
        let lines: Vec<Line> = ["filled where it is asked", "filled where commands are sent"]
            .into_iter()
            .zip(&self.cases)
            .map(|(name, case)| line(name, &case.all))
            .collect();
        Ok(vec![Detail::Curve {
            file: "pg-visible",
            title: "PostgreSQL: acknowledged → the query of another process answers with it".to_owned(),
            across: "µs since the receipt",
            up: "% answered",
            lines,
        }])
    }

    async fn end(self: Box<Self>) -> Result {
        for Case { place, here, there, .. } in self.cases {
            Arc::into_inner(there).ok_or("somebody still asks the other process")?.stop().await?;
            here.shut_down().await?;
            place.remove().await?;
        }
        Ok(())
    }
}
