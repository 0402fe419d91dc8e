//! Connections that read, of one file: leased for one piece of work, or for as long as a reader lives.
//!
//! They are opened read-only and with `query_only`, so nothing that runs on them can write. At most so many are open;
//! who comes later waits. Work begins where it is asked for, and goes on as `brief` says.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use diptych_core::Failure;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    brief::{Length, Pace, Steps, was_stopped},
    failure::{closed, failure, lost},
    guard::Guard,
    read::Names,
    schema::keep_statements,
    statement::run,
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
    pace: Pace,
}

/// A connection that reads, with the names it has met.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) connection: Connection,
    pub(crate) guard: Guard,
    pub(crate) steps: Steps,
    pub(crate) names: Names,
}

impl ReadPool {
    /// A pool of at most so many connections. None is opened yet.
    pub(crate) fn of(file: &Path, most: usize) -> Self {
        let permits = Arc::new(Semaphore::new(most));
        Self(Arc::new(Inner {
            file: file.to_owned(),
            idle: Mutex::default(),
            permits,
            pace: Pace::default(),
        }))
    }

    /// Runs a piece of work on a connection. It may be begun twice, so it changes nothing.
    ///
    /// # Errors
    /// [`Failure`] where the work failed, or the pool was closed.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl Fn(&mut Reading) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        self.run_of(Length::Brief, doing, work).await
    }

    /// The same, where it is known how long the work is.
    ///
    /// # Errors
    /// As [`ReadPool::run`].
    pub(crate) async fn run_of<T: Send + 'static>(
        &self,
        length: Length,
        doing: &'static str,
        work: impl Fn(&mut Reading) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let mut permit = self.permit().await?;
        if length == Length::Brief {
            match self.begin(permit, &work) {
                Begun::Done(done) => return done.map_err(|error| failure(doing, error)),
                Begun::Not(same) => permit = same,
            }
        }
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

    /// Tries a piece of work right here, where a connection is open and it takes few steps.
    fn begin<T>(
        &self,
        permit: OwnedSemaphorePermit,
        work: impl Fn(&mut Reading) -> rusqlite::Result<T>,
    ) -> Begun<T> {
        if !self.0.pace.allows() {
            return Begun::Not(permit);
        }
        let Some(reading) = self.idle().pop() else { return Begun::Not(permit) };
        let mut lease = Lease { reading: Some(reading), pool: self.clone(), permit: Some(permit) };
        let done = self.0.pace.watch(|| {
            let _few = lease.reading().steps.few();
            work(lease.reading())
        });
        match done {
            Err(error) if was_stopped(&error) => match lease.permit.take() {
                Some(permit) => Begun::Not(permit),
                None => Begun::Done(Err(error)),
            },
            Err(error) => {
                lease.discard();
                Begun::Done(Err(error))
            }
            Ok(done) => Begun::Done(Ok(done)),
        }
    }

    /// Whether a read may begin where it is asked for.
    pub(crate) fn pace(&self) -> &Pace {
        &self.0.pace
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
        Ok(Lease { reading: Some(reading), pool: self.clone(), permit: Some(permit) })
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
    let steps = Steps::on(&mut connection)?;
    Ok(Reading { connection, guard, steps, names: Names::default() })
}

/// What became of work that was begun where it was asked for.
enum Begun<T> {
    Done(rusqlite::Result<T>),
    /// It was not, or took too many steps.
    Not(OwnedSemaphorePermit),
}

/// A connection on loan. Ends the transaction that is open on it when it is given back.
#[derive(Debug)]
pub(crate) struct Lease {
    reading: Option<Reading>,
    pool: ReadPool,
    permit: Option<OwnedSemaphorePermit>,
}

impl Lease {
    #[allow(clippy::expect_used, reason = "taken by `discard`, which consumes the lease, and by `drop`")]
    pub(crate) fn reading(&mut self) -> &mut Reading {
        self.reading.as_mut().expect("a lease holds its connection until it is given back")
    }

    /// The pace of this connection's file.
    pub(crate) fn pool(&self) -> &ReadPool {
        &self.pool
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
            && let Err(error) = run(&reading.connection, "ROLLBACK")
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
