//! A reader for queries: all statements see one moment, none can write.

use async_trait::async_trait;
use diptych_core::{
    Failure, SqlRow, SqlValue,
    sql::{SqlError, SqlReader},
};

use crate::{
    failure::failure,
    pool::{Database, Lease},
    statement,
};

/// Reads through a lent connection, which is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct LeasedReader(Lease);

impl LeasedReader {
    /// Opens a reader of the tables of one schema. Its moment is that of its first statement.
    ///
    /// # Errors
    /// [`Failure`] where the server cannot be reached.
    pub(crate) async fn of(database: &Database, schema: &str, doing: &str) -> Result<Self, Failure> {
        let mut lease = database.lease(doing).await?;
        lease.is_open(true);
        let begin =
            format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path TO \"{schema}\"");
        lease.client(doing)?.batch_execute(&begin).await.map_err(|error| failure(doing, error))?;
        Ok(Self(lease))
    }

    /// The connection, for a statement of ours.
    pub(crate) const fn lease(&self) -> &Lease {
        &self.0
    }
}

#[async_trait]
impl SqlReader for LeasedReader {
    async fn query(&self, sql: &str, params: Vec<SqlValue>) -> Result<Vec<SqlRow>, SqlError> {
        let client = self.0.client("reading").map_err(|error| SqlError::engine(sql, error))?;
        statement::query(client, sql, &params).await
    }
}
