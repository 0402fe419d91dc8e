//! Appending: from the callers' hands to the disk.
//!
//! Read `group.rs` first: many appends in one transaction, each judged on its own. Then `member.rs`, one append;
//! `condition.rs` and `ahead.rs`, what refuses it; `writer.rs`, the thread that all of it runs on; `known.rs` and `recent.rs`, what that
//! thread has in memory.
//!
//! What holds: there is one writer, so position order is commit order. A caller that goes away does not cancel what it
//! gave: the append is in the queue, and nothing takes it out but the writer.

mod ahead;
mod condition;
mod group;
mod known;
mod member;
mod recent;
mod statements;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
};

use diptych_core::{Append, AppendError, Appended, Failure, FailureKind, GroupSizes};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use crate::{failure::closed, guard::Guard, lock::FolderLock, pool::ReadPool, watch::News};
use group::Member;
pub(crate) use writer::Writer;
use writer::{Job, Task, Thread};

/// Jobs that may wait; whoever comes then waits for a place.
const WAITING: usize = 1_024;

/// The way to the writer. Dropping it waits until the writer has finished what it was given.
#[derive(Debug)]
pub(crate) struct Queue {
    jobs: Option<mpsc::Sender<Job>>,
    readers: ReadPool,
    news: watch::Receiver<News>,
    sizes: GroupSizes,
    thread: Option<JoinHandle<()>>,
}

impl Queue {
    /// Starts the writer on a connection that was opened for it.
    ///
    /// # Errors
    /// What the system said when the thread was to be started.
    pub(crate) fn start(
        (connection, guard): (Connection, Guard),
        file: PathBuf,
        news: watch::Sender<News>,
        readers: ReadPool,
        lock: Arc<FolderLock>,
    ) -> std::io::Result<Self> {
        let followed = news.subscribe();
        let (sender, jobs) = mpsc::channel(WAITING);
        let sizes = GroupSizes::default();
        let thread = Thread { file, jobs, readers: readers.clone(), lock, news, sizes: sizes.clone() };
        let builder = thread::Builder::new().name("sqlite-writer".into());
        let thread = builder.spawn(move || thread.run(connection, guard))?;
        Ok(Self { jobs: Some(sender), readers, news: followed, sizes, thread: Some(thread) })
    }

    /// Has an append written; answers once it is durable.
    ///
    /// # Errors
    /// As [`EventStore::append`](diptych_core::EventStore::append).
    pub(crate) async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let judged_to = self.judged_ahead(&append.condition).await?;
        let (member, answer) = Member::new(append, judged_to);
        self.give(Job::Append(member)).await?;
        answer.await.unwrap_or_else(|_| Err(unanswered().into()))
    }

    /// Counts how many appends are written together.
    pub(crate) fn sizes(&self) -> GroupSizes {
        self.sizes.clone()
    }

    /// Has something done between two groups.
    ///
    /// # Errors
    /// [`Failure`] of what is done, or where the store was closed.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Writer<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.give(Job::Task(Box::new(Asked { work, reply }))).await?;
        answer.await.unwrap_or_else(|_| Err(unanswered()))
    }

    /// Has everything finished that was taken, and the log put away.
    ///
    /// # Errors
    /// [`Failure`] where the writer is gone already.
    pub(crate) async fn close(&self) -> Result<(), Failure> {
        let (reply, answer) = oneshot::channel();
        self.give(Job::Close(reply)).await?;
        answer.await.unwrap_or_else(|_| Err(unanswered()))
    }

    async fn give(&self, job: Job) -> Result<(), Failure> {
        let jobs = self.jobs.as_ref().ok_or_else(closed)?;
        jobs.send(job).await.map_err(|_| closed())
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.jobs = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the writer of log.db panicked; what it had acknowledged is on the disk");
        }
    }
}

/// The writer went away between taking a job and answering it.
fn unanswered() -> Failure {
    Failure::plain(FailureKind::OutcomeUnknown, "the writer of log.db stopped before it answered")
}

struct Asked<T, F> {
    work: F,
    reply: oneshot::Sender<Result<T, Failure>>,
}

impl<T, F> Task for Asked<T, F>
where
    T: Send,
    F: FnOnce(&mut Writer<'_>) -> Result<T, Failure> + Send,
{
    fn run(self: Box<Self>, writer: &mut Writer<'_>) {
        let done = (self.work)(writer);
        if self.reply.send(done).is_err() {
            tracing::trace!("whoever asked the writer went away");
        }
    }

    fn fail(self: Box<Self>, failure: Failure) {
        if self.reply.send(Err(failure)).is_err() {
            tracing::trace!("whoever asked the writer went away");
        }
    }
}
