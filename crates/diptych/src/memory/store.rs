//! The event store in memory: an append from its checks to its news.
//!
//! The order that every store keeps: one append at a time is judged, runs its inline projections, is recorded as a whole,
//! and only then told of. Readers take a short lock of their own and never wait for a projection.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use diptych_core::{
    Append, AppendError, Appended, CorrelationId, EventStore, Failure, FailureKind, Filter, InlineProjection,
    Position, RecordedEvent, Revision, StreamId, Timestamp,
    model::SqlEngine,
    sql::SqlReader,
    store::{HeadWatch, KeptNote, Note, Page, ReadRequest, StreamEnd, StreamsRequest},
};
use tokio::sync::{Mutex, watch};

use super::{
    condition,
    log::Log,
    notes::Notes,
    tables::Tables,
    watch::{MemoryWatch, News, closed},
};

/// An event store that keeps everything in memory and nothing after the process. It wants to run within tokio.
///
/// ```
/// # #[tokio::main] async fn main() -> diptych_core::Result {
/// use diptych::memory::MemoryStore;
/// use diptych_core::{EventStore, Position};
///
/// let store = MemoryStore::new();
/// assert_eq!(store.head().await?, Position::START);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Held by the append that is being made, so that there is one at a time.
    appending: Mutex<Tables>,
    kept: RwLock<Kept>,
    news: watch::Sender<News>,
}

#[derive(Debug, Default)]
struct Kept {
    log: Log,
    notes: Notes,
    closed: bool,
}

impl MemoryStore {
    /// An empty store that keeps no tables: mounting an inline projection is refused.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store whose inline projections write to an engine of read models.
    ///
    /// An append that they refuse leaves nothing. But rows may be seen a moment before the events they come from, since the
    /// engine's commit is one thing and the log another; a store that keeps both in one transaction has no such moment. The
    /// engine is one of this process, whose statements are done when they are asked for, such as SQLite in memory: a projection that
    /// waits for anything refuses the append.
    #[must_use]
    pub fn with_tables(engine: Arc<dyn SqlEngine>) -> Self {
        Self(Arc::new(Shared { appending: Mutex::new(Tables::of(engine)), ..Shared::default() }))
    }
}

impl Shared {
    async fn append(self: Arc<Self>, mut append: Append) -> Result<Appended, AppendError> {
        let tables = self.appending.lock().await;
        let events = self.judge(&mut append)?;
        tables.apply(&events).await?;
        Ok(self.record(events, append.note))
    }

    /// The events as they will be recorded, if nothing speaks against it.
    fn judge(&self, append: &mut Append) -> Result<Vec<RecordedEvent>, AppendError> {
        let kept = self.kept()?;
        let key = append.note.as_ref().and_then(|note| note.key.as_ref());
        if let Some(used) = key.and_then(|key| kept.notes.by_key(&key.key)) {
            return Err(AppendError::KeyUsed(Box::new(used.clone())));
        }
        condition::check(&append.condition, &kept.log)?;
        Ok(kept.log.stamp(std::mem::take(&mut append.events)))
    }

    /// Cannot fail: events, indexes and note appear together, then the news.
    fn record(&self, events: Vec<RecordedEvent>, note: Option<Note>) -> Appended {
        let mut kept = self.change();
        kept.log.push(&events);
        if let Some(note) = note {
            kept.notes.keep(note, &events);
        }
        let position = kept.log.head();
        drop(kept);
        self.news.send_if_modified(|news| std::mem::replace(&mut news.head, position) < position);
        Appended { events, position }
    }

    async fn mount(&self, projections: Vec<Arc<dyn InlineProjection>>) -> Result<(), Failure> {
        let mut tables = self.appending.lock().await;
        let filling = tables.prepare(projections).await?;
        let mut from = Position::START;
        loop {
            let page = self.kept()?.log.read(&ReadRequest::after(Filter::All, from));
            filling.apply(&page.events).await?;
            if page.considered == page.head {
                break;
            }
            from = page.considered;
        }
        tables.mount(filling);
        Ok(())
    }

    fn kept(&self) -> Result<RwLockReadGuard<'_, Kept>, Failure> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if kept.closed { Err(closed()) } else { Ok(kept) }
    }

    fn change(&self) -> RwLockWriteGuard<'_, Kept> {
        self.kept.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a piece of work to its end, also when the caller goes away; a panic in it is its failure.
async fn to_the_end<T, E>(work: impl Future<Output = Result<T, E>> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Failure> + Send + 'static,
{
    let broke = |error| Failure::new(FailureKind::Internal, "appending to the memory store", error);
    tokio::spawn(work).await.unwrap_or_else(|error| Err(broke(error).into()))
}

#[async_trait]
impl EventStore for MemoryStore {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        to_the_end(Arc::clone(&self.0).append(append)).await
    }

    async fn read(&self, request: ReadRequest) -> Result<Page, Failure> {
        Ok(self.0.kept()?.log.read(&request))
    }

    async fn head(&self) -> Result<Position, Failure> {
        Ok(self.0.kept()?.log.head())
    }

    async fn last_of(&self, stream: &StreamId) -> Result<Option<(Revision, Position)>, Failure> {
        Ok(self.0.kept()?.log.last_of(stream))
    }

    async fn streams(&self, request: StreamsRequest) -> Result<Vec<StreamEnd>, Failure> {
        Ok(self.0.kept()?.log.streams(&request))
    }

    fn watch(&self) -> Box<dyn HeadWatch> {
        Box::new(MemoryWatch(self.0.news.subscribe()))
    }

    async fn note_by_key(&self, key: &str) -> Result<Option<KeptNote>, Failure> {
        Ok(self.0.kept()?.notes.by_key(key).cloned())
    }

    async fn note_by_correlation(&self, id: &CorrelationId) -> Result<Option<KeptNote>, Failure> {
        Ok(self.0.kept()?.notes.by_correlation(id).cloned())
    }

    async fn forget_notes(&self, before: Timestamp) -> Result<u64, Failure> {
        drop(self.0.kept()?);
        let forgotten = self.0.change().notes.forget(before);
        Ok(u64::try_from(forgotten).unwrap_or(u64::MAX))
    }

    async fn mount_inline(&self, projections: Vec<Arc<dyn InlineProjection>>) -> Result<(), Failure> {
        if projections.is_empty() {
            return Ok(());
        }
        let shared = Arc::clone(&self.0);
        to_the_end(async move { shared.mount(projections).await }).await
    }

    async fn inline_reader(&self) -> Result<Box<dyn SqlReader>, Failure> {
        drop(self.0.kept()?);
        self.0.appending.lock().await.reader().await
    }

    async fn close(&self) -> Result<(), Failure> {
        // Appends are served in the order in which they came: those before this line are finished, those after it refused.
        let _appending = self.0.appending.lock().await;
        self.0.change().closed = true;
        self.0.news.send_modify(|news| news.closed = true);
        Ok(())
    }
}
