//! Connections that read, of one file: leased for one piece of work, or for as long as a reader lives.
//!
//! They are opened read-only and with `query_only`, so nothing that runs on them can write. At most so many are open;
//! who comes later waits. Work runs on the runtime's threads for blocking work.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use diptych_core::Failure;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    failure::{closed, failure, lost},
    guard::Guard,
    read::Names,
    schema::keep_statements,
};

/// Connections that are kept open while nobody reads.
const IDLE: usize = 4;

/// The connections of one file.
#[derive(Clone, Debug)]
pub(crate) struct ReadPool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: PathBuf,
    idle: Mutex<Vec<Reading>>,
    permits: Arc<Semaphore>,
}

/// A connection that reads, with the names it has met.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) connection: Connection,
    pub(crate) guard: Guard,
    pub(crate) names: Names,
}

impl ReadPool {
    /// A pool of at most so many connections. None is opened yet.
    pub(crate) fn of(file: &Path, most: usize) -> Self {
        let permits = Arc::new(Semaphore::new(most));
        Self(Arc::new(Inner { file: file.to_owned(), idle: Mutex::default(), permits }))
    }

    /// Runs a piece of work on a connection.
    ///
    /// # Errors
    /// [`Failure`] where the work failed, or the pool was closed.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&mut Reading) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let permit = self.permit().await?;
        let pool = self.clone();
        let task = tokio::task::spawn_blocking(move || {
            let mut lease = pool.lease(permit)?;
            let done = work(lease.reading());
            if done.is_err() {
                lease.discard();
            }
            done
        });
        task.await.map_err(|error| lost(doing, error))?.map_err(|error| failure(doing, error))
    }

    /// The right to one connection.
    ///
    /// # Errors
    /// [`Failure`] where the pool was closed.
    pub(crate) async fn permit(&self) -> Result<OwnedSemaphorePermit, Failure> {
        Arc::clone(&self.0.permits).acquire_owned().await.map_err(|_| closed())
    }

    /// A connection, until the lease is dropped.
    ///
    /// # Errors
    /// What SQLite said when a new one was to be opened.
    pub(crate) fn lease(&self, permit: OwnedSemaphorePermit) -> rusqlite::Result<Lease> {
        let idle = self.idle().pop();
        let reading = idle.map_or_else(|| open(&self.0.file), Ok)?;
        Ok(Lease { reading: Some(reading), pool: self.clone(), _permit: permit })
    }

    /// Gives out no more connections, and lets go of those that are idle.
    pub(crate) fn close(&self) {
        self.0.permits.close();
        self.idle().clear();
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Reading>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open(file: &Path) -> rusqlite::Result<Reading> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags)?;
    connection.pragma_update(None, "query_only", "ON")?;
    keep_statements(&connection)?;
    let guard = Guard::on(&mut connection)?;
    Ok(Reading { connection, guard, names: Names::default() })
}

/// A connection on loan. Ends the transaction that is open on it when it is given back.
#[derive(Debug)]
pub(crate) struct Lease {
    reading: Option<Reading>,
    pool: ReadPool,
    _permit: OwnedSemaphorePermit,
}

impl Lease {
    #[allow(clippy::expect_used, reason = "taken by `discard`, which consumes the lease, and by `drop`")]
    pub(crate) fn reading(&mut self) -> &mut Reading {
        self.reading.as_mut().expect("a lease holds its connection until it is given back")
    }

    /// Closes the connection instead of giving it back: after an error nobody knows what it is good for.
    fn discard(mut self) {
        self.reading = None;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(reading) = self.reading.take() else { return };
        if !reading.connection.is_autocommit()
            && let Err(error) = reading.connection.execute_batch("ROLLBACK")
        {
            tracing::warn!(%error, file = %self.pool.0.file.display(), "a reader could not end its transaction");
            return;
        }
        let mut idle = self.pool.idle();
        if idle.len() < IDLE && !self.pool.0.permits.is_closed() {
            idle.push(reading);
        }
    }
}
