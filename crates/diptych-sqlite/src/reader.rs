//! A reader for queries: all statements see one moment, none can write.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use diptych_core::{
    Failure, SqlRow, SqlValue,
    sql::{SqlError, SqlReader},
};

use crate::{
    failure::failure,
    pool::{Lease, ReadPool},
    statement,
};

/// Reads through a leased connection; gives it back when it is dropped and its last statement is done.
#[derive(Debug)]
pub(crate) struct LeasedReader(Arc<Mutex<Lease>>);

impl LeasedReader {
    /// A reader on this connection. Its moment is that of the transaction that is open, or of its first statement.
    pub(crate) fn new(lease: Lease) -> Self {
        Self(Arc::new(Mutex::new(lease)))
    }

    /// A reader whose moment is that of its first statement.
    ///
    /// # Errors
    /// [`Failure`] where the pool was closed or the file cannot be opened.
    pub(crate) async fn of(pool: &ReadPool, doing: &'static str) -> Result<Self, Failure> {
        let permit = pool.permit().await?;
        let lease = pool.lease(permit).map_err(|error| failure(doing, error))?;
        Ok(Self::new(lease))
    }
}

#[async_trait]
impl SqlReader for LeasedReader {
    async fn query(&self, sql: &str, params: Vec<SqlValue>) -> Result<Vec<SqlRow>, SqlError> {
        let (lease, text) = (Arc::clone(&self.0), sql.to_owned());
        let task = tokio::task::spawn_blocking(move || {
            let mut lease = lease.lock().unwrap_or_else(PoisonError::into_inner);
            let reading = lease.reading();
            if reading.connection.is_autocommit() {
                let begun = reading.connection.execute_batch("BEGIN");
                begun.map_err(|error| SqlError::engine(&text, error))?;
            }
            let _watching = reading.guard.watching();
            statement::query(&reading.connection, &text, &params)
        });
        task.await.unwrap_or_else(|error| Err(SqlError::engine(sql, error)))
    }
}
