//! A reader for queries: all statements see one moment, none can write.

use std::time::Duration;

use async_trait::async_trait;
use diptych_core::{
    Failure, SqlRow, SqlValue,
    sql::{SqlError, SqlReader},
};

use crate::{
    pool::{Database, Lease, Open},
    statement,
};

/// Reads through a lent connection, which is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct LeasedReader {
    lease: Lease,
    patience: Duration,
}

impl LeasedReader {
    /// Opens a reader of the tables of one schema. Its moment is that of its first statement.
    ///
    /// # Errors
    /// [`Failure`] where the server cannot be reached.
    pub(crate) async fn of(database: &Database, schema: &str, doing: &str) -> Result<Self, Failure> {
        let mut lease = database.lease(doing).await?;
        lease.is_open(Open::Read);
        let begin =
            format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path TO \"{schema}\"");
        database.answered(doing, lease.client(doing)?.batch_execute(&begin)).await?;
        Ok(Self { lease, patience: database.server.patience })
    }

    /// The rows of a statement of ours without parameters.
    ///
    /// # Errors
    /// [`SqlError`] with what the engine said.
    pub(crate) async fn rows(&self, sql: &str) -> Result<Vec<SqlRow>, SqlError> {
        self.query(sql, Vec::new()).await
    }

    /// The connection, for a statement of ours.
    pub(crate) const fn lease(&self) -> &Lease {
        &self.lease
    }
}

#[async_trait]
impl SqlReader for LeasedReader {
    async fn query(&self, sql: &str, params: Vec<SqlValue>) -> Result<Vec<SqlRow>, SqlError> {
        let client = self.lease.client("reading").map_err(|error| SqlError::engine(sql, error))?;
        statement::query(client, self.patience, sql, &params).await
    }
}
