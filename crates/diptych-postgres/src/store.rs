//! The event store: each call of the port goes to the appender, to the database, or is answered from memory.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use diptych_core::{
    Append, AppendError, Appended, CorrelationId, EventStore, Failure, GroupSizes, InlineProjection,
    Position, Revision, StreamId, Timestamp,
    sql::SqlReader,
    store::{HeadWatch, KeptNote, Page, ReadRequest, StreamEnd, StreamsRequest},
};
use tokio::sync::watch;

use crate::{
    append::Queue,
    failure::closed,
    notes,
    pool::Database,
    read::{self, Names},
    reader::LeasedReader,
    watch::{News, PostgresWatch},
};

/// The log of a database. Made by [`PostgresDatabase::open`](crate::PostgresDatabase::open).
pub struct PostgresStore {
    pub(crate) queue: Queue,
    pub(crate) database: Database,
    pub(crate) names: Names,
    pub(crate) news: watch::Receiver<News>,
}

impl PostgresStore {
    fn opened(&self) -> Result<&Database, Failure> {
        if self.news.borrow().open { Ok(&self.database) } else { Err(closed()) }
    }
}

#[async_trait]
impl EventStore for PostgresStore {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.queue.append(append).await
    }

    fn group_sizes(&self) -> GroupSizes {
        self.queue.sizes()
    }

    async fn read(&self, request: ReadRequest) -> Result<Page, Failure> {
        read::page(self.opened()?, &self.names, &request).await
    }

    async fn head(&self) -> Result<Position, Failure> {
        read::head(self.opened()?).await
    }

    async fn last_of(&self, stream: &StreamId) -> Result<Option<(Revision, Position)>, Failure> {
        read::last_of(self.opened()?, stream).await
    }

    async fn streams(&self, request: StreamsRequest) -> Result<Vec<StreamEnd>, Failure> {
        read::streams(self.opened()?, &request).await
    }

    fn watch(&self) -> Box<dyn HeadWatch> {
        Box::new(PostgresWatch(self.news.clone()))
    }

    async fn note_by_key(&self, key: &str) -> Result<Option<KeptNote>, Failure> {
        notes::by_key(self.opened()?, key).await
    }

    async fn note_by_correlation(&self, id: &CorrelationId) -> Result<Option<KeptNote>, Failure> {
        notes::by_correlation(self.opened()?, id).await
    }

    async fn forget_notes(&self, before: Timestamp) -> Result<u64, Failure> {
        notes::forget(self.opened()?, before).await
    }

    async fn mount_inline(&self, projections: Vec<Arc<dyn InlineProjection>>) -> Result<(), Failure> {
        self.queue.mount(projections).await
    }

    async fn inline_reader(&self) -> Result<Box<dyn SqlReader>, Failure> {
        let database = self.opened()?;
        Ok(Box::new(LeasedReader::of(database, database.schema.name(), "reading inline tables").await?))
    }

    async fn close(&self) -> Result<(), Failure> {
        self.queue.close().await
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("news", &*self.news.borrow()).finish_non_exhaustive()
    }
}
