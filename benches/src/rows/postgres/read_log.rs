//! Reading the whole log on PostgreSQL, every event as its type.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use diptych::{EventStore, Result};
use diptych_postgres::PostgresDatabase;
use futures::TryStreamExt;
use tokio_postgres::Client;

use super::bank::app;
use crate::{
    bank::{self, MEMO, Moved, Opened, account, reference},
    hand::{
        log::{DEPOSITED, Fact, OPENED},
        postgres::{Place, grouped::Writer},
    },
    number::per_second,
    row::{First, Measure, Pair, Row, Running, Setting, Target},
    rows::read_log::read_ours,
};

/// See the page.
pub(crate) struct ReadLog;

/// Accounts that the events are on.
pub(super) const ACCOUNTS: usize = 1_000;
/// Rows that the portal gives at once: as many as a page of ours.
const PAGE: i32 = 1_000;

struct Prepared {
    places: [Place; 2],
    store: Arc<dyn EventStore>,
    by_hand: Client,
    events: usize,
}

#[async_trait]
impl Row for ReadLog {
    fn name(&self) -> &'static str {
        "pg-read-log"
    }

    fn needs_postgres(&self) -> bool {
        true
    }

    fn measures(&self) -> Vec<Measure> {
        vec![Measure {
            name: "pg-read-typed",
            title: "PostgreSQL: reading the whole log, typed",
            unit: "events/s",
            target: Target::AtLeast(0.6),
            decoded: "both",
            baseline: "a portal over position, type and payload of the same rows, 1,000 at a time, `serde_json` into the same structs",
        }]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let places = [Place::new(setting, "ours").await?, Place::new(setting, "hand").await?];
        let events = setting.scale.of(10_000, 200_000);
        let node = app(&places[0].url())?.start().await?;
        setting.tell.now("writing what is to be read");
        let accounts: Vec<_> = (0..ACCOUNTS).map(account).collect();
        bank::fill(&node, &accounts, events / ACCOUNTS).await?;
        node.shut_down().await?;
        fill_by_hand(&places[1], events).await?;
        let by_hand = places[1].client().await?;
        by_hand.batch_execute("VACUUM ANALYZE").await?;
        let database = PostgresDatabase::open(&places[0].url(), Default::default()).await?;
        Ok(Box::new(Prepared { places, store: database.store(), by_hand, events }))
    }
}

/// A log by hand with so many deposits, as [`bank::fill`] makes one.
///
/// # Errors
/// What the server said.
pub(super) async fn fill_by_hand(place: &Place, events: usize) -> Result {
    let mut writer = Writer::new(place).await?;
    let each = events / ACCOUNTS;
    for begin in (0..events).step_by(1_000) {
        let fact = |n: usize| {
            let moved = Moved { cents: 100, reference: reference(n % each), memo: MEMO.to_owned() };
            let payload = serde_json::to_vec(&moved)?;
            let (stream, tags) = (account(n / each), Vec::new());
            Ok(Fact { stream, kind: DEPOSITED, recorded_at: 0, payload, tags, expected: None })
        };
        writer.write((begin..events.min(begin + 1_000)).map(fact).collect::<Result<_>>()?).await?;
    }
    Ok(())
}

async fn read_by_hand(client: &mut Client) -> Result<(usize, Duration)> {
    let begun = Instant::now();
    let transaction = client.transaction().await?;
    let all = "SELECT position, type, payload FROM events ORDER BY position";
    let portal = transaction.bind(all, &[]).await?;
    let mut count = 0;
    loop {
        let mut rows = std::pin::pin!(transaction.query_portal_raw(&portal, PAGE).await?);
        let before = count;
        while let Some(row) = rows.try_next().await? {
            let payload: &[u8] = row.try_get(2)?;
            std::hint::black_box(row.try_get::<_, i64>(0)?);
            match row.try_get::<_, i64>(1)? {
                OPENED => drop(std::hint::black_box(serde_json::from_slice::<Opened>(payload)?)),
                _ => drop(std::hint::black_box(serde_json::from_slice::<Moved>(payload)?)),
            }
            count += 1;
        }
        if count == before {
            break;
        }
    }
    transaction.commit().await?;
    Ok((count, begun.elapsed()))
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        let (ours, by_hand) = first.in_turn(read_ours(&self.store), read_by_hand(&mut self.by_hand)).await?;
        if ours.0 != self.events || by_hand.0 != self.events {
            return Err(format!("read {} and {} of {} events", ours.0, by_hand.0, self.events).into());
        }
        Ok(vec![Pair::of(per_second(ours.0, ours.1), per_second(by_hand.0, by_hand.1))])
    }

    async fn end(self: Box<Self>) -> Result {
        self.store.close().await?;
        for place in &self.places {
            place.remove().await?;
        }
        Ok(())
    }
}
