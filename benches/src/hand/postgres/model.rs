//! The balances by hand on PostgreSQL, filled from a log by hand.

use diptych::Result;
use futures::future::try_join_all;
use tokio_postgres::{Client, Row, Statement, types::ToSql};

use super::Place;
use crate::{
    bank::{Moved, Opened},
    hand::{
        log::{OPENED, WITHDRAWN},
        model::Way,
    },
};

/// Events in one transaction: as many as ours takes.
const BATCH: i64 = 1_000;

/// Rows, and the log they follow.
pub(crate) struct Model {
    client: Client,
    next: Statement,
    put: Statement,
    put_all: Statement,
    moved: Statement,
    at: i64,
}

impl Model {
    /// Empty rows beside a log.
    ///
    /// # Errors
    /// What the server said.
    pub(crate) async fn new(place: &Place) -> Result<Self> {
        let client = place.client().await?;
        let make = "DROP TABLE IF EXISTS balances, checkpoint;
             CREATE TABLE balances (account TEXT PRIMARY KEY, cents BIGINT NOT NULL);
             CREATE TABLE checkpoint (position BIGINT NOT NULL) WITH (fillfactor = 50);
             INSERT INTO checkpoint VALUES (0)";
        client.batch_execute(make).await?;
        Ok(Self {
            next: client.prepare(include_str!("../../../sql/pg_hand_next.sql")).await?,
            put: client.prepare(include_str!("../../../sql/balance_put.sql")).await?,
            put_all: client.prepare(include_str!("../../../sql/pg_hand_balances_put.sql")).await?,
            moved: client.prepare("UPDATE checkpoint SET position = $1").await?,
            client,
            at: 0,
        })
    }

    /// Takes everything there is.
    ///
    /// # Errors
    /// What the server said, or a payload that cannot be read.
    pub(crate) async fn catch_up(&mut self, way: Way) -> Result {
        loop {
            let events = self.client.query(&self.next, &[&self.at, &BATCH]).await?;
            let Some(last) = events.last() else { return Ok(()) };
            self.at = last.try_get(0)?;
            let changes = events.iter().map(change).collect::<Result<Vec<_>>>()?;
            match way {
                Way::Each => self.put_each(&changes).await?,
                Way::Batched => self.put_all(&changes).await?,
            }
        }
    }

    /// What all balances come to.
    ///
    /// # Errors
    /// What the server said.
    pub(crate) async fn sum(&self) -> Result<i64> {
        let all = "SELECT coalesce(sum(cents), 0)::bigint FROM balances";
        Ok(self.client.query_one(all, &[]).await?.try_get(0)?)
    }

    async fn put_each(&self, changes: &[(&str, i64)]) -> Result {
        let puts = changes.iter().map(|(account, cents)| async move {
            let change: [&(dyn ToSql + Sync); 2] = [account, cents];
            self.client.execute(&self.put, &change).await
        });
        let at: [&(dyn ToSql + Sync); 1] = [&self.at];
        tokio::try_join!(
            biased;
            self.client.batch_execute("BEGIN"),
            try_join_all(puts),
            self.client.execute(&self.moved, &at),
            self.client.batch_execute("COMMIT"),
        )?;
        Ok(())
    }

    async fn put_all(&self, changes: &[(&str, i64)]) -> Result {
        let (accounts, cents): (Vec<&str>, Vec<i64>) = changes.iter().copied().unzip();
        let columns: [&(dyn ToSql + Sync); 2] = [&accounts, &cents];
        let at: [&(dyn ToSql + Sync); 1] = [&self.at];
        tokio::try_join!(
            biased;
            self.client.batch_execute("BEGIN"),
            self.client.execute(&self.put_all, &columns),
            self.client.execute(&self.moved, &at),
            self.client.batch_execute("COMMIT"),
        )?;
        Ok(())
    }
}

fn change(row: &Row) -> Result<(&str, i64)> {
    let (account, kind, payload): (&str, i64, &[u8]) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    Ok((account, cents(kind, payload)?))
}

/// What an event adds.
///
/// # Errors
/// A payload that cannot be read.
fn cents(kind: i64, payload: &[u8]) -> Result<i64> {
    if kind == OPENED {
        drop(serde_json::from_slice::<Opened>(payload)?);
        return Ok(0);
    }
    let moved: Moved = serde_json::from_slice(payload)?;
    Ok(if kind == WITHDRAWN { -moved.cents } else { moved.cents })
}
