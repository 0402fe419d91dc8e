//! Connections for readers and read models, lent for one transaction or one statement.
//!
//! There are two pools. Who holds a connection for a transaction may need one for a statement before it can give the first
//! back: a query that reads rows fetches the keys to open them with. Were both taken from one pool, as many queries as there
//! are connections would wait for each other for ever. Who holds one for a statement waits for nothing but the server.
//!
//! What holds: nobody is lent a connection with a transaction of somebody else in it. Who goes away in the middle of one has it
//! rolled back before the connection is lent again.

use std::{sync::Arc, time::Duration};

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use diptych_core::{Failure, FailureKind};
use tokio_postgres::{
    Client, Error, Row,
    types::{ToSql, Type},
};

use crate::{
    failure::{failure, silent},
    open_error::OpenError,
    schema::Schema,
    server::{Server, Silent},
};

/// How long a caller waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// A parameter with its type, so that no statement has to be prepared first.
pub(crate) type Param<'a> = (&'a (dyn ToSql + Sync), Type);

/// See the page.
#[derive(Clone)]
pub(crate) struct Database {
    transactions: Pool,
    statements: Pool,
    pub(crate) server: Arc<Server>,
    pub(crate) schema: Schema,
}

impl Database {
    /// Nothing is connected before it is needed.
    ///
    /// # Errors
    /// [`OpenError`] where the pools cannot be made.
    pub(crate) fn new(server: Server, schema: Schema, connections: usize) -> Result<Self, OpenError> {
        let of_statements = (connections / 4).max(2);
        let of_transactions = connections.saturating_sub(of_statements).max(2);
        Ok(Self {
            transactions: pool(&server, of_transactions)?,
            statements: pool(&server, of_statements)?,
            server: Arc::new(server),
            schema,
        })
    }

    /// Lends a connection for a transaction.
    ///
    /// # Errors
    /// [`Failure`] where all are lent for long, or the server cannot be reached.
    pub(crate) async fn lease(&self, doing: &str) -> Result<Lease, Failure> {
        lease(&self.transactions, doing).await
    }

    /// Lends a connection for one statement. Who holds it asks for no other.
    ///
    /// # Errors
    /// As [`Database::lease`].
    pub(crate) async fn lease_for_one(&self, doing: &str) -> Result<Lease, Failure> {
        lease(&self.statements, doing).await
    }

    /// What a transaction of appends begins with.
    pub(crate) fn begin_append(&self) -> String {
        let begin = self.schema.sql(include_str!("../sql/append/begin.sql"));
        begin.replace("{idle}", &self.server.idle().as_millis().to_string())
    }

    /// What the server answers, if it does in time. Who gives up gives the connection up too.
    ///
    /// # Errors
    /// [`Failure`] of the engine.
    pub(crate) async fn answered<T>(
        &self,
        doing: &str,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failure> {
        let patience = self.server.patience;
        let answer = tokio::time::timeout(patience, answer).await;
        answer.map_err(|_| silent(doing, Silent(patience)))?.map_err(|error| failure(doing, error))
    }

    /// The same of something in several statements.
    ///
    /// # Errors
    /// Its own, or a [`Failure`] where the server is silent.
    pub(crate) async fn in_time<T, E: From<Failure>>(
        &self,
        doing: &str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let patience = self.server.patience;
        let done = tokio::time::timeout(patience, work).await;
        done.unwrap_or_else(|_| Err(silent(doing, Silent(patience)).into()))
    }

    /// Runs one statement of ours on any connection.
    ///
    /// # Errors
    /// [`Failure`] of the engine.
    pub(crate) async fn query(
        &self,
        doing: &str,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, Failure> {
        let mut lease = self.lease_for_one(doing).await?;
        lease.is_open(Open::Read);
        let rows =
            self.answered(doing, lease.client(doing)?.query_typed(&self.schema.sql(sql), params)).await?;
        lease.is_open(Open::No);
        Ok(rows)
    }

    /// As [`Database::query`]; answers how many rows were changed.
    ///
    /// # Errors
    /// [`Failure`] of the engine.
    pub(crate) async fn execute(&self, doing: &str, sql: &str, params: &[Param<'_>]) -> Result<u64, Failure> {
        let mut lease = self.lease_for_one(doing).await?;
        lease.is_open(Open::Read);
        let done =
            self.answered(doing, lease.client(doing)?.execute_typed(&self.schema.sql(sql), params)).await?;
        lease.is_open(Open::No);
        Ok(done)
    }
}

fn pool(server: &Server, size: usize) -> Result<Pool, OpenError> {
    let manager_config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(server.config.clone(), server.tls.clone(), manager_config);
    let builder = Pool::builder(manager).max_size(size).runtime(Runtime::Tokio1);
    let builder = builder.wait_timeout(Some(PATIENCE)).create_timeout(Some(server.patience));
    builder.build().map_err(OpenError::broken)
}

async fn lease(pool: &Pool, doing: &str) -> Result<Lease, Failure> {
    match pool.get().await {
        Ok(object) => Ok(Lease { object: Some(object), open: Open::No }),
        Err(PoolError::Backend(error)) => Err(failure(doing, error)),
        Err(PoolError::Timeout(TimeoutType::Wait)) => {
            let text = format!("{doing}: no connection to the database became free within {PATIENCE:?}");
            Err(Failure::plain(FailureKind::Unavailable, text))
        }
        Err(error) => Err(Failure::new(FailureKind::Unavailable, doing, error)),
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("schema", &self.schema.name()).finish_non_exhaustive()
    }
}

/// A connection that is lent. Given back when dropped.
pub(crate) struct Lease {
    object: Option<Object>,
    open: Open,
}

/// What of a transaction is open on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    No,
    /// One that leaves nothing in the session.
    Read,
    /// One in which statements may have been prepared.
    Written,
}

impl Open {
    const fn roll_back(self) -> Option<&'static str> {
        match self {
            Self::No => None,
            Self::Read => Some("ROLLBACK"),
            Self::Written => Some(crate::pipeline::ROLL_BACK),
        }
    }
}

impl Lease {
    /// The connection.
    ///
    /// # Errors
    /// [`Failure`] of ours where it was given back already.
    pub(crate) fn client(&self, doing: &str) -> Result<&Client, Failure> {
        let gone =
            || Failure::plain(FailureKind::Internal, format!("{doing}: the connection was given back"));
        self.object.as_ref().map(|object| -> &Client { object }).ok_or_else(gone)
    }

    /// A transaction is begun, or ended for certain.
    pub(crate) fn is_open(&mut self, open: Open) {
        self.open = open;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some((object, roll_back)) = self.object.take().zip(self.open.roll_back()) else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            // Nobody could roll it back: the connection is closed, and the server does.
            return drop(Object::take(object));
        };
        runtime.spawn(async move {
            if !rolled_back(&object, roll_back).await {
                drop(Object::take(object));
            }
        });
    }
}

/// How long a connection has to roll back what was left on it.
const ROLL_BACK: Duration = Duration::from_secs(2);

/// Whether nothing of anybody's transaction is left on a connection. If not, the connection is to be closed, which says it too.
pub(crate) async fn rolled_back(client: &Client, sql: &str) -> bool {
    match tokio::time::timeout(ROLL_BACK, client.batch_execute(sql)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::debug!(%error, "a transaction could not be rolled back; its connection is closed");
            false
        }
        Err(_) => {
            tracing::debug!("a connection does not answer; it is closed");
            false
        }
    }
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease").field("open", &self.open).finish_non_exhaustive()
    }
}
