//! Runs statements of others on a connection whose transaction is open.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use diptych_core::{
    SqlRow, SqlValue,
    sql::{SqlError, SqlTransaction},
};
use tokio_postgres::{Client, Error, types::Type};

use crate::{
    guard,
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
async fn execute(
    client: &Client,
    patience: Duration,
    sql: &str,
    params: &[SqlValue],
) -> Result<u64, SqlError> {
    guard::check(sql).map_err(|error| SqlError::engine(sql, error))?;
    let params: Vec<_> = params.iter().map(Parameter).collect();
    answered(patience, sql, client.execute_typed(sql, &typed(&params))).await
}

async fn answered<T>(
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

/// The open transaction of a connection, for a projection. Who made it commits or rolls it back.
///
/// After a statement that failed the server takes no other, and would answer COMMIT by rolling back; so that is remembered.
pub(crate) struct OpenTransaction<'a> {
    client: &'a Client,
    patience: Duration,
    failed: bool,
}

impl<'a> OpenTransaction<'a> {
    /// Hands out the transaction that is open on this connection.
    pub(crate) const fn new(client: &'a Client, patience: Duration) -> Self {
        Self { client, patience, failed: false }
    }

    /// Whether a statement failed, whatever the projection made of it.
    pub(crate) const fn failed(&self) -> bool {
        self.failed
    }

    fn seen<T>(&mut self, outcome: Result<T, SqlError>) -> Result<T, SqlError> {
        self.failed |= outcome.is_err();
        outcome
    }
}

#[async_trait]
impl SqlTransaction for OpenTransaction<'_> {
    async fn execute(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<u64, SqlError> {
        let outcome = execute(self.client, self.patience, sql, &params).await;
        self.seen(outcome)
    }

    async fn query(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<Vec<SqlRow>, SqlError> {
        let outcome = query(self.client, self.patience, sql, &params).await;
        self.seen(outcome)
    }
}
