//! A small file that anyone may write: those who come while one commits are written together by the next.
//!
//! Keys and snapshots are kept so. Whoever finds the connection free takes all that wait, in one transaction.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use diptych_core::{Failure, FailureKind};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::{
    failure::failure,
    pool::{ReadPool, Reading},
};

/// Connections that read such a file at once.
const READERS: usize = 4;

/// A file of keys or snapshots.
#[derive(Clone, Debug)]
pub(crate) struct GroupedFile {
    writer: Arc<Writer>,
    readers: ReadPool,
    doing: &'static str,
}

struct Writer {
    connection: Mutex<Connection>,
    waiting: Mutex<Vec<Box<dyn Waiting>>>,
}

/// What is run once the changes of a group are durable.
pub(crate) type Afterwards = fn(&Connection) -> rusqlite::Result<()>;

impl GroupedFile {
    /// A file on this connection. `doing` says what was done when something fails.
    pub(crate) fn new(file: &Path, connection: Connection, doing: &'static str) -> Self {
        let writer = Writer { connection: Mutex::new(connection), waiting: Mutex::default() };
        Self { writer: Arc::new(writer), readers: ReadPool::of(file, READERS), doing }
    }

    /// Reads.
    ///
    /// # Errors
    /// [`Failure`] where the file cannot be read.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Reading) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        self.readers.run(self.doing, work).await
    }

    /// Changes something; answers what `work` gave once that is durable.
    ///
    /// # Errors
    /// [`Failure`] where the file cannot be written; nothing of it holds then.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        locked(&self.writer.waiting).push(Box::new(Asked { work: Some(work), done: None, reply }));
        let (writer, doing) = (Arc::clone(&self.writer), self.doing);
        // The answer comes from whoever takes this one out of the queue, not always from this task.
        drop(tokio::task::spawn_blocking(move || writer.group(doing)));
        answer.await.unwrap_or_else(|_| {
            Err(Failure::plain(FailureKind::Internal, format!("{doing}: stopped before it was done")))
        })
    }

    /// Runs something on the writing connection, outside of a transaction.
    ///
    /// # Errors
    /// [`Failure`] of SQLite.
    pub(crate) async fn afterwards(&self, work: Afterwards) -> Result<(), Failure> {
        let writer = Arc::clone(&self.writer);
        let done = tokio::task::spawn_blocking(move || work(&locked(&writer.connection))).await;
        done.map_err(|error| crate::failure::lost(self.doing, error))?
            .map_err(|error| failure(self.doing, error))
    }
}

impl Writer {
    fn group(&self, doing: &'static str) {
        let connection = locked(&self.connection);
        let mut group = std::mem::take(&mut *locked(&self.waiting));
        if group.is_empty() {
            return;
        }
        let written = together(&connection, &mut group);
        if written.is_err()
            && !connection.is_autocommit()
            && let Err(error) = connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, doing, "a transaction could not be rolled back");
        }
        let error = written.err().map(|error| (error.to_string(), crate::failure::kind(&error)));
        for asked in group {
            let failed = error.as_ref().map(|(text, kind)| Failure::new(*kind, doing, text.clone()));
            asked.answer(failed);
        }
    }
}

fn together(connection: &Connection, group: &mut [Box<dyn Waiting>]) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    for asked in group {
        asked.run(connection)?;
    }
    connection.execute_batch("COMMIT")
}

trait Waiting: Send {
    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()>;
    fn answer(self: Box<Self>, failed: Option<Failure>);
}

struct Asked<T, F> {
    work: Option<F>,
    done: Option<T>,
    reply: oneshot::Sender<Result<T, Failure>>,
}

impl<T, F> Waiting for Asked<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
{
    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if let Some(work) = self.work.take() {
            self.done = Some(work(connection)?);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, failed: Option<Failure>) {
        let undone = || Failure::plain(FailureKind::Internal, "a change was neither made nor refused");
        let answer = match failed {
            Some(failed) => Err(failed),
            None => self.done.ok_or_else(undone),
        };
        if self.reply.send(answer).is_err() {
            tracing::trace!("whoever asked for a change went away");
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}
