//! The transaction that a projection is handed, and the port behind it.

use async_trait::async_trait;

use super::{SqlError, SqlParams, SqlRow, SqlValue};

/// An open transaction of an engine. Who made it commits or rolls it back.
#[async_trait]
pub trait SqlTransaction: Send {
    /// Runs a statement; answers how many rows it changed.
    ///
    /// # Errors
    /// [`SqlError`] with what the engine said.
    async fn execute(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<u64, SqlError>;

    /// Runs a statement; answers its rows.
    ///
    /// # Errors
    /// [`SqlError`] with what the engine said.
    async fn query(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<Vec<SqlRow>, SqlError>;
}

/// One moment of an engine, for reading: it has no way to write.
#[async_trait]
pub trait SqlReader: Send + Sync {
    /// Runs a statement that reads; answers its rows.
    ///
    /// # Errors
    /// [`SqlError`] with what the engine said, also where the statement would write.
    async fn query(&self, sql: &str, params: Vec<SqlValue>) -> Result<Vec<SqlRow>, SqlError>;
}

/// The transaction in which a projection writes its rows. Its checkpoint, or the append itself, is in the same one.
pub struct Tx<'a>(&'a mut dyn SqlTransaction);

impl<'a> Tx<'a> {
    /// What an adapter hands to a projection.
    #[must_use]
    pub fn new(transaction: &'a mut dyn SqlTransaction) -> Self {
        Self(transaction)
    }

    /// Runs a statement with parameters `$1`, `$2`, …; answers how many rows it changed.
    ///
    /// # Errors
    /// [`SqlError`] with what the engine said.
    pub async fn execute(&mut self, sql: &str, params: impl SqlParams) -> Result<u64, SqlError> {
        self.0.execute(sql, params.into_values()).await
    }

    /// Runs a statement; answers its rows. What this transaction wrote before is seen.
    ///
    /// # Errors
    /// [`SqlError`] with what the engine said.
    pub async fn query(&mut self, sql: &str, params: impl SqlParams) -> Result<Vec<SqlRow>, SqlError> {
        self.0.query(sql, params.into_values()).await
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// [`SqlError`] with what the engine said.
    pub async fn row(&mut self, sql: &str, params: impl SqlParams) -> Result<Option<SqlRow>, SqlError> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }
}

impl std::fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}
