//! Subscriptions: a catching-up, then live feed of the log.
//!
//! Pull-driven, so a slow reader is never overrun: each batch is asked for, and at the end of the log the store's watch
//! wakes the reader. While it is behind, the next batch is read as this one is worked on, one ahead and no more. Invariant: every wanted event once, in position order, none skipped or repeated when resumed at a
//! batch's watermark.

use std::sync::Arc;

use diptych_core::{
    EventStore, Failure, FailureKind, Filter, Position, RecordedEvent,
    store::{HeadWatch, MAX_PAGE, Page, ReadRequest},
};
use tokio_util::task::AbortOnDropHandle;

/// What a subscription yields: events, and up to where everything has been considered.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The wanted events, in position order; may be none.
    pub events: Vec<RecordedEvent>,
    /// Everything up to here has been considered, matching or not. Resume here.
    pub watermark: Position,
    /// The head when the batch was read.
    pub head: Position,
}

/// A feed of the log from a place on.
pub struct Subscription {
    store: Arc<dyn EventStore>,
    filter: Filter,
    watch: Box<dyn HeadWatch>,
    watermark: Position,
    page: usize,
    /// The page after the watermark, which is being read.
    ahead: Option<AbortOnDropHandle<Result<Page, Failure>>>,
}

impl Subscription {
    /// Every wanted event after this place.
    #[must_use]
    pub fn new(store: Arc<dyn EventStore>, filter: Filter, after: Position) -> Self {
        let watch = store.watch();
        Self { store, filter, watch, watermark: after, page: MAX_PAGE, ahead: None }
    }

    /// At most so many events per batch.
    #[must_use]
    pub const fn page(mut self, events: usize) -> Self {
        self.page = events;
        self
    }

    /// Up to where everything has been considered.
    #[must_use]
    pub const fn watermark(&self) -> Position {
        self.watermark
    }

    /// The next batch: at once while there is something to consider, else as soon as something is appended. A batch
    /// without events says only that the watermark moved. Safe to drop and call again.
    ///
    /// # Errors
    /// [`Failure`] where the store cannot be read or was closed; the subscription stands where it was.
    pub async fn next(&mut self) -> Result<Batch, Failure> {
        loop {
            let page = self.next_page().await?;
            if page.considered > self.watermark {
                self.watermark = page.considered;
                if page.considered < page.head {
                    self.read_ahead();
                }
                return Ok(Batch { events: page.events, watermark: page.considered, head: page.head });
            }
            self.watch.past(self.watermark).await?;
        }
    }

    /// Answers once there is something to consider, without reading it.
    ///
    /// # Errors
    /// [`Failure`] where the store was closed.
    pub async fn news(&mut self) -> Result<(), Failure> {
        if self.ahead.is_none() {
            self.watch.past(self.watermark).await?;
        }
        Ok(())
    }

    async fn next_page(&mut self) -> Result<Page, Failure> {
        let Some(reading) = &mut self.ahead else { return self.store.read(self.request()).await };
        let page = reading.await;
        self.ahead = None;
        page.map_err(|error| Failure::new(FailureKind::Internal, "reading ahead", error))?
    }

    fn read_ahead(&mut self) {
        let (store, request) = (Arc::clone(&self.store), self.request());
        let reading = tokio::spawn(async move { store.read(request).await });
        self.ahead = Some(AbortOnDropHandle::new(reading));
    }

    fn request(&self) -> ReadRequest {
        ReadRequest::after(self.filter.clone(), self.watermark).limit(self.page)
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").field("watermark", &self.watermark).finish_non_exhaustive()
    }
}
