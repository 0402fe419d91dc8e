//! Filling a projection on PostgreSQL from position 0: an upsert per event, and a statement per batch.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use diptych::{Node, Result};

use super::{
    bank::{app, balances, balances_in_batches},
    read_log::{ACCOUNTS, fill_by_hand},
};
use crate::{
    bank::{self, account},
    hand::{
        model::Way,
        postgres::{Place, model::Model},
    },
    number::per_second,
    row::{First, Measure, Pair, Row, Running, Setting, Target},
    rows::projection::rebuild,
};

/// See the page.
pub(crate) struct Projections;

/// How long anything may take.
const AT_MOST: Duration = Duration::from_secs(300);

struct Prepared {
    places: [Place; 2],
    node: Node,
    events: usize,
}

#[async_trait]
impl Row for Projections {
    fn name(&self) -> &'static str {
        "pg-projection"
    }

    fn needs_postgres(&self) -> bool {
        true
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
                "pg-projection-each",
                "PostgreSQL: catch-up projection, one upsert per event in a pipeline",
                "`SELECT` a thousand with the stream's name, `serde_json`, then one pipeline from `BEGIN` to `COMMIT`: a prepared upsert each and the checkpoint; synced",
            ),
            measure(
                "pg-projection-batch",
                "PostgreSQL: catch-up projection, one statement per batch",
                "the same, but the batch is one prepared statement over `unnest` of two arrays",
            ),
        ]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let places = [Place::new(setting, "ours").await?, Place::new(setting, "hand").await?];
        let events = setting.scale.of(10_000, 100_000);
        let app = app(&places[0].url())?;
        let node = app.projection(balances).projection(balances_in_batches).start().await?;
        setting.tell.now("writing what is to be projected");
        let accounts: Vec<_> = (0..ACCOUNTS).map(account).collect();
        bank::fill(&node, &accounts, events / ACCOUNTS).await?;
        node.settled(AT_MOST).await?;
        fill_by_hand(&places[1], events).await?;
        places[1].client().await?.batch_execute("VACUUM ANALYZE").await?;
        Ok(Box::new(Prepared { places, node, events }))
    }
}

impl Prepared {
    async fn pair_of(&mut self, first: First, projection: &str, way: Way) -> Result<Pair> {
        let by_hand = async {
            let begun = Instant::now();
            let mut model = Model::new(&self.places[1]).await?;
            model.catch_up(way).await?;
            let took = begun.elapsed();
            let sum = model.sum().await?;
            if sum != i64::try_from(self.events * 100)? {
                return Err(format!("the balances by hand come to {sum} cents").into());
            }
            Ok(took)
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
        self.node.shut_down().await?;
        for place in &self.places {
            place.remove().await?;
        }
        Ok(())
    }
}
