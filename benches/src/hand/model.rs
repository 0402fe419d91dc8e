//! The balances by hand, filled from a log by hand.

use std::path::Path;

use diptych::Result;
use rusqlite::Connection;

use super::{
    Sync,
    log::{OPENED, WITHDRAWN},
    open,
};
use crate::bank::{Moved, Opened};

/// Events in one transaction: as many as ours takes.
const BATCH: i64 = 1_000;

/// How a batch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// An upsert per event.
    Each,
    /// A statement per batch.
    Batched,
}

/// A file of balances, and the log it follows.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) rows: Connection,
    log: Connection,
    at: i64,
}

impl Model {
    /// A new one, which has seen nothing.
    ///
    /// # Errors
    /// What SQLite said.
    pub(crate) fn new(file: &Path, log: &Path) -> Result<Self> {
        let rows = open(file, Sync::Normal)?;
        rows.execute_batch(
            "CREATE TABLE balances (account TEXT PRIMARY KEY, cents BIGINT NOT NULL) WITHOUT ROWID;
             CREATE TABLE checkpoint (position INTEGER NOT NULL);
             INSERT INTO checkpoint VALUES (0)",
        )?;
        Ok(Self { rows, log: open(log, Sync::Full)?, at: 0 })
    }

    /// Takes the next batch; answers up to where it has come, and whether there was anything.
    ///
    /// # Errors
    /// What SQLite said, or a payload that cannot be read.
    pub(crate) fn step(&mut self, way: Way) -> Result<(i64, bool)> {
        let mut next = self.log.prepare_cached(include_str!("../../sql/hand_next.sql"))?;
        let mut events = next.query((self.at, BATCH))?;
        self.rows.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let (mut batch, mut last) = (Vec::new(), self.at);
        let mut put = self.rows.prepare_cached(include_str!("../../sql/balance_put.sql"))?;
        while let Some(event) = events.next()? {
            last = event.get(0)?;
            let account = event.get_ref(1)?.as_str()?;
            let change = change(event.get(2)?, event.get_ref(3)?.as_blob()?)?;
            match way {
                Way::Each => drop(put.execute((account, change))?),
                Way::Batched => batch.push((account.to_owned(), change)),
            }
        }
        if !batch.is_empty() {
            let batch = serde_json::to_string(&batch)?;
            self.rows.prepare_cached(include_str!("../../sql/balances_put.sql"))?.execute([batch])?;
        }
        self.rows.prepare_cached("UPDATE checkpoint SET position = ?")?.execute([last])?;
        self.rows.prepare_cached("COMMIT")?.execute([])?;
        let moved = last > self.at;
        self.at = last;
        Ok((last, moved))
    }

    /// Takes everything there is.
    ///
    /// # Errors
    /// As [`Model::step`].
    pub(crate) fn catch_up(&mut self, way: Way) -> Result {
        while self.step(way)?.1 {}
        Ok(())
    }
}

fn change(kind: i64, payload: &[u8]) -> Result<i64> {
    if kind == OPENED {
        drop(serde_json::from_slice::<Opened>(payload)?);
        return Ok(0);
    }
    let moved: Moved = serde_json::from_slice(payload)?;
    Ok(if kind == WITHDRAWN { -moved.cents } else { moved.cents })
}
