//! A reader for queries: all statements see one moment, none can write.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use diptych_core::{
    Failure, SqlRow, SqlValue,
    sql::{SqlError, SqlReader},
};

use rusqlite::Connection;

use crate::{
    brief::was_stopped,
    failure::{failure, lost},
    pool::{Lease, ReadPool, Reading},
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

    /// Reads with a statement of ours, in this reader's moment, on a thread for blocking work.
    ///
    /// # Errors
    /// [`Failure`] where the thread was lost; what SQLite said is in the answer.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        doing: &'static str,
        read: impl FnOnce(&Connection) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let lease = Arc::clone(&self.0);
        let task = tokio::task::spawn_blocking(move || {
            let mut lease = lease.lock().unwrap_or_else(PoisonError::into_inner);
            read(&lease.reading().connection)
        });
        task.await.map_err(|error| lost(doing, error))
    }
}

/// Runs a statement in the moment of a reader, which begins with its first one.
fn query(reading: &Reading, sql: &str, params: &[SqlValue]) -> Result<Vec<SqlRow>, SqlError> {
    if reading.connection.is_autocommit() {
        let begun = statement::run(&reading.connection, "BEGIN");
        begun.map_err(|error| SqlError::engine(sql, error))?;
    }
    let _watching = reading.guard.watching();
    statement::query(&reading.connection, sql, params)
}

/// Tries a statement right here; none where it takes too many steps, or others have had to wait for the disk.
fn briefly(lease: &mut Lease, sql: &str, params: &[SqlValue]) -> Option<Result<Vec<SqlRow>, SqlError>> {
    let pool = lease.pool().clone();
    if !pool.pace().allows() {
        return None;
    }
    let reading = lease.reading();
    let _few = reading.steps.few();
    match pool.pace().watch(|| query(reading, sql, params)) {
        Err(SqlError::Engine { source, .. }) if source.downcast_ref().is_some_and(was_stopped) => None,
        done => Some(done),
    }
}

#[async_trait]
impl SqlReader for LeasedReader {
    async fn query(&self, sql: &str, params: Vec<SqlValue>) -> Result<Vec<SqlRow>, SqlError> {
        // A statement that another one waits for is not brief.
        let here = self.0.try_lock().ok().and_then(|mut lease| briefly(&mut lease, sql, &params));
        if let Some(done) = here {
            return done;
        }
        let (lease, text) = (Arc::clone(&self.0), sql.to_owned());
        let task = tokio::task::spawn_blocking(move || {
            let mut lease = lease.lock().unwrap_or_else(PoisonError::into_inner);
            query(lease.reading(), &text, &params)
        });
        task.await.unwrap_or_else(|error| Err(SqlError::engine(sql, error)))
    }
}
