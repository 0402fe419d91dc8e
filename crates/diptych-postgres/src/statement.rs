//! Runs statements of others on a connection whose transaction is open.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use diptych_core::{
    SqlRow, SqlValue,
    sql::{SqlError, SqlTransaction},
};
use tokio_postgres::{Client, Error, types::Type};

use crate::{
    guard,
    pipeline::{Pipeline, Repeated},
    pool::Param,
    server::Silent,
    value::{Parameter, values},
};

/// Runs a statement; answers its rows.
///
/// # Errors
/// [`SqlError`] with what the engine said.
pub(crate) async fn query(
    client: &Client,
    patience: Duration,
    sql: &str,
    params: &[SqlValue],
) -> Result<Vec<SqlRow>, SqlError> {
    guard::check(sql).map_err(|error| SqlError::engine(sql, error))?;
    let params: Vec<_> = params.iter().map(Parameter).collect();
    let rows = answered(patience, sql, client.query_typed(sql, &typed(&params))).await?;
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let columns: Arc<[String]> = first.columns().iter().map(|column| column.name().to_owned()).collect();
    let rows = rows.iter().map(|row| values(row).map(|values| SqlRow::new(Arc::clone(&columns), values)));
    rows.collect::<Result<_, _>>().map_err(|error| SqlError::engine(sql, error))
}

/// Runs a statement; answers how many rows it changed.
///
/// # Errors
/// [`SqlError`] with what the engine said.
pub(crate) async fn execute(
    client: &Client,
    patience: Duration,
    sql: &str,
    params: &[SqlValue],
) -> Result<u64, SqlError> {
    guard::check(sql).map_err(|error| SqlError::engine(sql, error))?;
    let params: Vec<_> = params.iter().map(Parameter).collect();
    answered(patience, sql, client.execute_typed(sql, &typed(&params))).await
}

/// What the server answers to a statement, if it does in time.
///
/// # Errors
/// [`SqlError`] with what the engine said, or that it is silent.
pub(crate) async fn answered<T>(
    patience: Duration,
    sql: &str,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, SqlError> {
    let answer = tokio::time::timeout(patience, answer).await;
    let answer = answer.map_err(|_| SqlError::engine(sql, Silent(patience)))?;
    answer.map_err(|error| SqlError::engine(sql, error))
}

/// Without types: the server infers them.
fn typed<'a>(params: &'a [Parameter<'a>]) -> Vec<Param<'a>> {
    params.iter().map(|param| -> Param<'a> { (param, Type::UNKNOWN) }).collect()
}

/// The open transaction of a connection, for a projection. Who made it calls [`OpenTransaction::finish`], then commits or rolls
/// it back by [`ROLL_BACK`](crate::pipeline::ROLL_BACK).
///
/// After a statement that failed the server takes no other, and would answer COMMIT by rolling back; so that is remembered.
pub(crate) struct OpenTransaction<'a> {
    client: &'a Client,
    patience: Duration,
    sent: Pipeline<'a>,
    failed: bool,
    asking: Arc<AtomicBool>,
}

impl<'a> OpenTransaction<'a> {
    /// Hands out the transaction that is open on this connection.
    pub(crate) fn new(client: &'a Client, patience: Duration, repeated: Repeated) -> Self {
        Self {
            client,
            patience,
            sent: Pipeline::new(client, patience, repeated),
            failed: false,
            asking: Arc::default(),
        }
    }

    /// Has what was sent run; nothing may follow.
    ///
    /// # Errors
    /// [`SqlError`] of what was sent, or that a statement failed before, whatever the projection made of it.
    pub(crate) async fn finish(&mut self) -> Result<(), SqlError> {
        if self.failed {
            return Err(SqlError::engine("COMMIT", "a statement failed, and with it the transaction"));
        }
        let finished = self.sent.finish().await;
        self.ended(finished)
    }

    /// Whether the server is being waited for.
    pub(crate) fn asking(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.asking)
    }

    fn begun(&self) {
        self.asking.store(true, Ordering::Release);
    }

    fn ended<T>(&mut self, outcome: Result<T, SqlError>) -> Result<T, SqlError> {
        self.asking.store(false, Ordering::Release);
        self.failed |= outcome.is_err();
        outcome
    }

    async fn flushed(&mut self) -> Result<(), SqlError> {
        self.begun();
        let flushed = self.sent.flush().await;
        self.ended(flushed)?;
        self.begun();
        Ok(())
    }
}

#[async_trait]
impl SqlTransaction for OpenTransaction<'_> {
    async fn execute(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<u64, SqlError> {
        self.flushed().await?;
        let outcome = execute(self.client, self.patience, sql, &params).await;
        self.ended(outcome)
    }

    async fn send(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<(), SqlError> {
        self.begun();
        let outcome = self.sent.send(sql, params).await;
        self.ended(outcome)
    }

    async fn query(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<Vec<SqlRow>, SqlError> {
        self.flushed().await?;
        let outcome = query(self.client, self.patience, sql, &params).await;
        self.ended(outcome)
    }
}
