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

    /// Has a statement run before the next one that is answered, and before the transaction ends; see [`Tx::send`]. Where the
    /// engine is in this process there is nothing to gain by waiting.
    ///
    /// # Errors
    /// [`SqlError`] with what the engine said of it, or of one that was sent before.
    async fn send(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<(), SqlError> {
        self.execute(sql, params).await.map(drop)
    }

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

    /// Has a statement run whose count nobody asks for: on a server, statements that are sent go out together, so that an event
    /// costs no round trip.
    ///
    /// Statements run in the order in which they are given, however they are given: what [`query`](Self::query) reads has what was
    /// sent before. That one fails is said by itself, by a later statement, or at the end of the batch; it fails the batch
    /// whatever is made of it, and the event that sent it is found as with any other error.
    ///
    /// ```
    /// # use diptych_core::{SqlRow, SqlValue, Tx, sql::{SqlError, SqlTransaction}};
    /// async fn deposited(account: &str, cents: i64, tx: &mut Tx<'_>) -> Result<(), SqlError> {
    ///     tx.send("UPDATE balances SET cents = cents + $2 WHERE account = $1", (account, cents)).await
    /// }
    /// ```
    ///
    /// # Errors
    /// [`SqlError`] with what the engine said of it, or of one that was sent before.
    pub async fn send(&mut self, sql: &str, params: impl SqlParams) -> Result<(), SqlError> {
        self.0.send(sql, params.into_values()).await
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
