//! The event store: each call of the port goes to the writer, to the readers, or is answered from memory.

use std::{fmt, path::Path, sync::Arc};

use async_trait::async_trait;
use diptych_core::{
    Append, AppendError, Appended, CorrelationId, EventStore, Failure, Filter, GroupSizes, InlineProjection,
    Position, Revision, Scope, StreamId, Timestamp,
    sql::SqlReader,
    store::{Direction, HeadWatch, KeptNote, Page, ReadRequest, StreamEnd, StreamsRequest},
};
use tokio::sync::watch;

use crate::{
    append::Queue,
    brief::Length,
    failure::{closed, failure},
    guard::Guard,
    inline::{self, leave_behind},
    lock::FolderLock,
    notes,
    open_error::OpenError,
    options::SqliteOptions,
    pool::ReadPool,
    read,
    reader::LeasedReader,
    schema::{Durability, LOG},
    watch::{News, SqliteWatch},
};

/// The file's name in the folder.
pub(crate) const FILE: &str = "log.db";

/// The log of a folder. Made by [`SqliteFolder::open`](crate::SqliteFolder::open).
pub struct SqliteStore {
    pub(crate) queue: Queue,
    readers: ReadPool,
    news: watch::Receiver<News>,
}

impl SqliteStore {
    pub(crate) fn open(
        folder: &Path,
        options: &SqliteOptions,
        lock: Arc<FolderLock>,
    ) -> Result<Self, OpenError> {
        let file = folder.join(FILE);
        let wrap = |error| OpenError::sqlite(&file, error);
        let mut connection = LOG.open(&file, Durability::Synced)?;
        let guard = Guard::on(&mut connection).map_err(wrap)?;
        let head = read::head(&connection).map_err(wrap)?;
        leave_behind(&connection, head).map_err(wrap)?;
        let (sender, news) = watch::channel(News { head, remembered: head, open: true });
        let readers = ReadPool::of(&file, options.readers);
        let queue = Queue::start((connection, guard), file.clone(), sender, readers.clone(), lock);
        Ok(Self { queue: queue.map_err(|error| OpenError::io(&file, error))?, readers, news })
    }

    /// The head, taken before anything is read.
    fn open_head(&self) -> Result<Position, Failure> {
        let news = *self.news.borrow();
        if news.open { Ok(news.head) } else { Err(closed()) }
    }
}

/// Rows that may be gone through where they are asked for.
const FEW: u64 = 128;

/// Whether a page goes through many rows: those that no index leads to, in a long part of the log.
fn length_of(request: &ReadRequest, head: Position) -> Length {
    let rows = match request.direction {
        Direction::Forward => head.get().saturating_sub(request.from.get()),
        Direction::Backward => head.min(request.from).get(),
    };
    let led = |scope: &Scope| scope.stream.is_some() || !scope.tags.is_empty();
    let rows = match &request.filter {
        Filter::All => rows.min(u64::try_from(request.limit).unwrap_or(u64::MAX)),
        Filter::Any(scopes) if scopes.iter().all(led) => return Length::Brief,
        Filter::Any(_) => rows,
    };
    if rows > FEW { Length::Long } else { Length::Brief }
}

#[async_trait]
impl EventStore for SqliteStore {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.queue.append(append).await
    }

    fn group_sizes(&self) -> GroupSizes {
        self.queue.sizes()
    }

    async fn read(&self, request: ReadRequest) -> Result<Page, Failure> {
        let head = self.open_head()?;
        let length = length_of(&request, head);
        let reading = move |reading: &mut crate::pool::Reading| {
            read::page(&reading.connection, &mut reading.names, &request, head)
        };
        self.readers.run_of(length, "reading log.db", reading).await
    }

    async fn head(&self) -> Result<Position, Failure> {
        self.open_head()
    }

    async fn last_of(&self, stream: &StreamId) -> Result<Option<(Revision, Position)>, Failure> {
        let stream = stream.clone();
        let last = move |reading: &mut crate::pool::Reading| read::last_of(&reading.connection, &stream);
        self.readers.run("reading the end of a stream in log.db", last).await
    }

    async fn streams(&self, request: StreamsRequest) -> Result<Vec<StreamEnd>, Failure> {
        let list = move |reading: &mut crate::pool::Reading| {
            read::streams(&reading.connection, &mut reading.names, &request)
        };
        self.readers.run_of(Length::Long, "listing the streams of log.db", list).await
    }

    async fn damage(&self) -> Result<Vec<String>, Failure> {
        let look = |reading: &mut crate::pool::Reading| {
            let mut statement = reading.connection.prepare(include_str!("../sql/read/integrity.sql"))?;
            let told = statement.query_map([], |row| row.get::<_, String>(0))?;
            told.filter(|told| !matches!(told, Ok(told) if told == "ok"))
                .collect::<rusqlite::Result<Vec<_>>>()
        };
        self.readers.run_of(Length::Long, "looking for damage in log.db", look).await
    }

    fn watch(&self) -> Box<dyn HeadWatch> {
        Box::new(SqliteWatch(self.news.clone()))
    }

    async fn note_by_key(&self, key: &str) -> Result<Option<KeptNote>, Failure> {
        let key = key.to_owned();
        self.readers
            .run("reading notes in log.db", move |reading| notes::by_key(&reading.connection, &key))
            .await
    }

    async fn note_by_correlation(&self, id: &CorrelationId) -> Result<Option<KeptNote>, Failure> {
        let id = id.clone();
        self.readers
            .run("reading notes in log.db", move |reading| notes::by_correlation(&reading.connection, &id))
            .await
    }

    async fn forget_notes(&self, before: Timestamp) -> Result<u64, Failure> {
        let mut forgotten = 0_u64;
        loop {
            let some = self.queue.run(move |writer| {
                notes::forget(writer.connection, before)
                    .map_err(|error| failure("forgetting notes in log.db", error))
            });
            let (count, more) = some.await?;
            forgotten = forgotten.saturating_add(count);
            if !more {
                return Ok(forgotten);
            }
        }
    }

    async fn mount_inline(&self, projections: Vec<Arc<dyn InlineProjection>>) -> Result<(), Failure> {
        for projection in projections {
            loop {
                let step = Arc::clone(&projection);
                let mounting = self.queue.run(move |writer| inline::mount(writer, &step)).await?;
                if mounting == inline::Mounting::Done {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn inline_reader(&self) -> Result<Box<dyn SqlReader>, Failure> {
        Ok(Box::new(LeasedReader::of(&self.readers, "reading inline tables in log.db").await?))
    }

    async fn close(&self) -> Result<(), Failure> {
        self.queue.close().await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("news", &*self.news.borrow()).finish_non_exhaustive()
    }
}
