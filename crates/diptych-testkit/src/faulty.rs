//! A store that fails where a test says so, over one that does not.
//!
//! Appends take their faults from a list, one each, then go through; reads fail while they are told to.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use diptych_core::{
    Append, AppendError, Appended, Conflict, CorrelationId, EventStore, Failure, FailureKind,
    InlineProjection, Position, Revision, StreamId, Timestamp,
    sql::SqlReader,
    store::{HeadWatch, KeptNote, Page, ReadRequest, StreamEnd, StreamsRequest},
};

/// What becomes of one append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The engine cannot take it now; nothing is recorded.
    Unavailable,
    /// Someone was first; nothing is recorded.
    Overtaken,
    /// It is recorded, and the answer is lost.
    AnswerLost,
    /// It is not recorded, and nobody knows.
    RequestLost,
    /// A bug; nothing is recorded.
    Broken,
    /// It is never answered; nothing is recorded.
    Hangs,
}

/// A store over another one.
///
/// ```
/// use std::sync::Arc;
/// use diptych::{AppendCondition, EventStore, memory::MemoryStore};
/// use diptych_testkit::{draft, faulty::{Fault, FaultyStore}};
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let store = FaultyStore::over(Arc::new(MemoryStore::new()));
/// store.next_appends([Fault::Unavailable]);
/// let append = draft::conditional([draft::event("account/A", "Opened")], AppendCondition::default());
/// assert!(store.append(append.clone()).await.is_err());
/// assert!(store.append(append).await.is_ok());
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct FaultyStore {
    inner: Arc<dyn EventStore>,
    faults: Arc<Mutex<VecDeque<Fault>>>,
    unreadable: Arc<AtomicBool>,
}

impl FaultyStore {
    /// One that does not fail yet.
    #[must_use]
    pub fn over(inner: Arc<dyn EventStore>) -> Self {
        Self { inner, faults: Arc::default(), unreadable: Arc::default() }
    }

    /// What becomes of the next appends, one after the other; those after them go through.
    pub fn next_appends(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults().extend(faults);
    }

    /// Makes every read unavailable, or lets them through again.
    pub fn reads_fail(&self, fail: bool) {
        self.unreadable.store(fail, Ordering::SeqCst);
    }

    fn faults(&self) -> MutexGuard<'_, VecDeque<Fault>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn readable(&self) -> Result<(), Failure> {
        if self.unreadable.load(Ordering::SeqCst) { Err(failure(FailureKind::Unavailable)) } else { Ok(()) }
    }
}

fn failure(kind: FailureKind) -> Failure {
    Failure::plain(kind, "a fault that a test asked for")
}

#[async_trait]
impl EventStore for FaultyStore {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let fault = self.faults().pop_front();
        let kind = match fault {
            None => return self.inner.append(append).await,
            Some(Fault::Hangs) => return std::future::pending().await,
            Some(Fault::Overtaken) => {
                let at = self.inner.head().await?;
                return Err(Conflict::Boundary { after: at, found: at }.into());
            }
            Some(Fault::AnswerLost) => {
                self.inner.append(append).await?;
                FailureKind::OutcomeUnknown
            }
            Some(Fault::RequestLost) => FailureKind::OutcomeUnknown,
            Some(Fault::Unavailable) => FailureKind::Unavailable,
            Some(Fault::Broken) => FailureKind::Internal,
        };
        Err(failure(kind).into())
    }

    async fn read(&self, request: ReadRequest) -> Result<Page, Failure> {
        self.readable()?;
        self.inner.read(request).await
    }

    async fn head(&self) -> Result<Position, Failure> {
        self.readable()?;
        self.inner.head().await
    }

    async fn last_of(&self, stream: &StreamId) -> Result<Option<(Revision, Position)>, Failure> {
        self.readable()?;
        self.inner.last_of(stream).await
    }

    async fn streams(&self, request: StreamsRequest) -> Result<Vec<StreamEnd>, Failure> {
        self.readable()?;
        self.inner.streams(request).await
    }

    fn watch(&self) -> Box<dyn HeadWatch> {
        self.inner.watch()
    }

    async fn note_by_key(&self, key: &str) -> Result<Option<KeptNote>, Failure> {
        self.readable()?;
        self.inner.note_by_key(key).await
    }

    async fn note_by_correlation(&self, id: &CorrelationId) -> Result<Option<KeptNote>, Failure> {
        self.readable()?;
        self.inner.note_by_correlation(id).await
    }

    async fn forget_notes(&self, before: Timestamp) -> Result<u64, Failure> {
        self.inner.forget_notes(before).await
    }

    async fn mount_inline(&self, projections: Vec<Arc<dyn InlineProjection>>) -> Result<(), Failure> {
        self.inner.mount_inline(projections).await
    }

    async fn inline_reader(&self) -> Result<Box<dyn SqlReader>, Failure> {
        self.readable()?;
        self.inner.inline_reader().await
    }

    async fn close(&self) -> Result<(), Failure> {
        self.inner.close().await
    }
}
