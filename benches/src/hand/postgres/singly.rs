//! Connections by hand that write a transaction per event: one `INSERT` each, committed by itself.

use std::sync::Arc;

use diptych::Result;
use tokio::sync::{Mutex, Semaphore};
use tokio_postgres::{Client, Statement};

use super::{Ids, Place};
use crate::hand::log::Fact;

/// How many there are.
const CONNECTIONS: usize = 16;

/// The connections. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Singly {
    free: Arc<Mutex<Vec<(Client, Statement)>>>,
    lent: Arc<Semaphore>,
}

impl Singly {
    /// Makes a log, and the connections to it.
    ///
    /// # Errors
    /// What the server said.
    pub(crate) async fn start(place: &Place) -> Result<Self> {
        drop(place.make_log().await?);
        let mut free = Vec::new();
        for _ in 0..CONNECTIONS {
            let client = place.client().await?;
            let insert = client.prepare(include_str!("../../../sql/pg_hand_single.sql")).await?;
            free.push((client, insert));
        }
        Ok(Self { free: Arc::new(Mutex::new(free)), lent: Arc::new(Semaphore::new(CONNECTIONS)) })
    }

    /// Writes a fact to the stream of this number, whose revisions the caller counts.
    ///
    /// # Errors
    /// What the server said.
    pub(crate) async fn write(&self, fact: Fact, stream: i64, revision: i64) -> Result {
        let _place = self.lent.acquire().await?;
        let (client, insert) = self.free.lock().await.pop().ok_or("no connection is free")?;
        let Ids { event, correlation, causation } = Ids::draw();
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 8] = [
            &stream,
            &revision,
            &fact.kind,
            &fact.recorded_at,
            &event,
            &correlation,
            &causation,
            &fact.payload,
        ];
        client.execute(&insert, &values).await?;
        self.free.lock().await.push((client, insert));
        Ok(())
    }
}
