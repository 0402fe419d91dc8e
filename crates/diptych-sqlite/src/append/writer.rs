//! The one writer of the log, on a thread of its own: takes jobs in the order in which they were given.

use std::{path::PathBuf, sync::Arc};

use diptych_core::{Failure, FailureKind, GroupSizes, Position};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::{group::Member, known::Known, recent::Recent, statements::Statements};
use crate::{
    failure::{closed, failure},
    guard::Guard,
    inline::Inline,
    lock::FolderLock,
    pool::ReadPool,
    read,
    schema::{Durability, LOG},
    watch::News,
};

/// The most members of a group.
const MEMBERS: usize = 512;
/// The most bytes of payload that a group is begun with.
const BYTES: usize = 4 << 20;

/// What the writer is asked to do.
#[allow(clippy::large_enum_variant, reason = "nearly every job is an append")]
pub(crate) enum Job {
    /// Write an append, together with others that wait.
    Append(Member),
    /// Something else between two groups.
    Task(Box<dyn Task>),
    /// Nothing after this.
    Close(oneshot::Sender<Result<(), Failure>>),
}

impl Job {
    /// Tells whoever asked that the store is closed.
    fn refuse(self) {
        match self {
            Self::Append(member) => member.fail(closed()),
            Self::Task(task) => task.fail(closed()),
            Self::Close(reply) => {
                if reply.send(Err(closed())).is_err() {
                    tracing::trace!("whoever closed the store again went away");
                }
            }
        }
    }
}

/// Something that only the writer may do.
pub(crate) trait Task: Send {
    /// Does it, and tells who asked.
    fn run(self: Box<Self>, writer: &mut Writer<'_>);

    /// Tells who asked that it was not done.
    fn fail(self: Box<Self>, failure: Failure);
}

/// The writer, as long as one connection serves it.
pub(crate) struct Writer<'c> {
    pub(crate) connection: &'c Connection,
    pub(crate) guard: Guard,
    pub(crate) inline: Inline,
    /// The last position in the open transaction; outside of one, that which is committed.
    pub(crate) head: Position,
    pub(super) committed: Position,
    pub(super) statements: Statements<'c>,
    /// The version of the file that what is in memory is about.
    pub(super) known_version: i64,
    pub(super) known: Known,
    pub(super) recent: Recent,
    /// The tags of the event that is being written; kept to be used again.
    pub(super) tag_numbers: Vec<u8>,
    /// The connection is good for nothing any more.
    pub(super) unusable: bool,
    news: watch::Sender<News>,
    /// Counts what is written together.
    pub(super) sizes: GroupSizes,
}

impl<'c> Writer<'c> {
    fn new(
        connection: &'c Connection,
        guard: Guard,
        inline: Inline,
        (news, sizes): (watch::Sender<News>, GroupSizes),
    ) -> rusqlite::Result<Self> {
        let mut statements = Statements::prepare(connection)?;
        // Before the head: what comes in between is found at the first group.
        let known_version = statements.data_version.query_row([], |row| row.get(0))?;
        let head = read::head(connection)?;
        Ok(Self {
            statements,
            known_version,
            known: Known::new(),
            recent: Recent::after(head),
            tag_numbers: Vec::new(),
            unusable: false,
            committed: head,
            connection,
            guard,
            inline,
            head,
            news,
            sizes,
        })
    }

    /// Tells what is committed to whoever watches.
    pub(super) fn publish(&self) {
        let head = self.committed;
        self.news.send_if_modified(|news| {
            news.remembered = self.recent.floor();
            std::mem::replace(&mut news.head, head) != head
        });
    }

    /// Takes jobs until there are no more, or the connection is good for nothing.
    fn serve(&mut self, jobs: &mut mpsc::Receiver<Job>) -> Exit {
        let (mut waiting, mut group) = (Vec::with_capacity(MEMBERS), Vec::with_capacity(MEMBERS));
        while jobs.blocking_recv_many(&mut waiting, MEMBERS) > 0 {
            let mut bytes = 0;
            let mut waiting = waiting.drain(..);
            while let Some(job) = waiting.next() {
                match job {
                    Job::Append(member) => {
                        bytes += member.size();
                        group.push(member);
                        if bytes < BYTES {
                            continue;
                        }
                        group = self.group(group);
                        bytes = 0;
                    }
                    Job::Task(task) => {
                        group = self.group(group);
                        task.run(self);
                    }
                    Job::Close(reply) => {
                        self.group(group);
                        waiting.for_each(Job::refuse);
                        return Exit::Closed(reply);
                    }
                }
            }
            group = self.group(group);
            if self.unusable {
                return Exit::Unusable;
            }
        }
        Exit::Abandoned
    }
}

enum Exit {
    Closed(oneshot::Sender<Result<(), Failure>>),
    Abandoned,
    Unusable,
}

/// What the thread owns.
pub(super) struct Thread {
    pub(super) file: PathBuf,
    pub(super) news: watch::Sender<News>,
    pub(super) jobs: mpsc::Receiver<Job>,
    pub(super) readers: ReadPool,
    pub(super) lock: Arc<FolderLock>,
    pub(super) sizes: GroupSizes,
}

impl Thread {
    /// Serves until the store is closed or nobody holds it any more.
    pub(super) fn run(mut self, connection: Connection, guard: Guard) {
        let mut inline = Inline::default();
        let mut opened = Ok((connection, guard));
        loop {
            let exit = match opened {
                Ok((connection, guard)) => self.session(connection, guard, &mut inline),
                Err(failure) => self.refuse(failure),
            };
            match exit {
                Exit::Unusable => opened = self.reopen(),
                Exit::Abandoned => {
                    self.end();
                    return;
                }
                Exit::Closed(reply) => {
                    self.end().release();
                    if reply.send(Ok(())).is_err() {
                        tracing::debug!("whoever closed the store went away");
                    }
                    return;
                }
            }
        }
    }

    fn session(&mut self, connection: Connection, guard: Guard, inline: &mut Inline) -> Exit {
        let mounted = std::mem::take(inline);
        let tells = (self.news.clone(), self.sizes.clone());
        let exit = match Writer::new(&connection, guard, mounted, tells) {
            Ok(mut writer) => {
                writer.publish();
                let exit = writer.serve(&mut self.jobs);
                *inline = std::mem::take(&mut writer.inline);
                exit
            }
            Err(error) => self.refuse(failure("opening log.db again", error)),
        };
        if matches!(exit, Exit::Closed(_)) {
            self.readers.close();
            checkpoint(&connection);
        }
        if let Err((_, error)) = connection.close() {
            tracing::warn!(%error, "log.db was not closed in order; the next start recovers it");
        }
        exit
    }

    fn reopen(&self) -> Result<(Connection, Guard), Failure> {
        let doing = "opening log.db again";
        let mut connection = LOG
            .open(&self.file, Durability::Synced)
            .map_err(|error| Failure::new(FailureKind::Unavailable, doing, error))?;
        let guard = Guard::on(&mut connection).map_err(|error| failure(doing, error))?;
        Ok((connection, guard))
    }

    /// Without a connection: tells the next who asks, then lets it be tried again.
    fn refuse(&mut self, failure: Failure) -> Exit {
        match self.jobs.blocking_recv() {
            None => return Exit::Abandoned,
            Some(Job::Append(member)) => member.fail(failure),
            Some(Job::Task(task)) => task.fail(failure),
            Some(Job::Close(reply)) => return Exit::Closed(reply),
        }
        Exit::Unusable
    }

    /// Takes no more jobs. The lock is held on until it is dropped or released.
    fn end(mut self) -> Arc<FolderLock> {
        self.jobs.close();
        while let Some(job) = self.jobs.blocking_recv() {
            job.refuse();
        }
        self.news.send_modify(|news| news.open = false);
        self.readers.close();
        self.lock
    }
}

/// Moves what stands in the WAL into the file. Where a reader still holds it, the next start does so.
fn checkpoint(connection: &Connection) {
    let moved = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    match moved {
        Ok(0) => {}
        Ok(_) => tracing::debug!("a reader held log.db while it was closed; its WAL stays"),
        Err(error) => tracing::warn!(%error, "the WAL of log.db could not be moved into it"),
    }
}
