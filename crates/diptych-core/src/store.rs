//! The port to the event store: append under a condition, read in commit order, and be told of news.
//!
//! The rules that every store keeps are functions of `diptych-testkit::contract`. The memory store in the `diptych`
//! crate is the reference; read it beside this page.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    boundary::{AppendCondition, Conflict},
    event::{NewEvent, RecordedEvent},
    failure::Failure,
    groups::GroupSizes,
    metadata::CorrelationId,
    position::{Position, Revision},
    projection::InlineProjection,
    scope::Filter,
    sql::SqlReader,
    stream::StreamId,
    time::Timestamp,
};

/// One append: it happens wholly or not at all.
#[derive(Clone, Debug)]
pub struct Append {
    /// What to store, in order; may be none, to check a condition and keep a receipt.
    pub events: Vec<NewEvent>,
    /// What must hold at that moment.
    pub condition: AppendCondition,
    /// What to remember of the command beside its events.
    pub note: Option<Note>,
}

/// What is remembered of a command beside its events: for a retry with the same key, and for a correlation id that has no
/// events of its own. Kept in the transaction of the append.
#[derive(Clone, Debug)]
pub struct Note {
    /// The conversation.
    pub correlation_id: CorrelationId,
    /// The thing that the command was addressed to.
    pub target: StreamId,
    /// That thing's last revision, as the decision saw it; counts where no event goes to it.
    pub revision: Option<Revision>,
    /// Up to where the decision looked; counts where there are no events.
    pub position: Position,
    /// The caller's key, if they gave one.
    pub key: Option<IdempotencyKey>,
    /// When it was noted; notes are forgotten by age.
    pub at: Timestamp,
}

/// A caller's key for one command, unique within the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The key with whom it belongs to: keys of different actors never meet.
    pub key: String,
    /// A keyed hash of what was asked: the same key with another one is refused.
    pub fingerprint: [u8; 32],
}

/// A note that was kept, completed by what the append gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptNote {
    /// The conversation.
    pub correlation_id: CorrelationId,
    /// The thing that the command was addressed to.
    pub target: StreamId,
    /// Its last revision after the append.
    pub revision: Option<Revision>,
    /// The position of the append's last event, or up to where the decision looked.
    pub position: Position,
    /// The fingerprint that came with the key; none where there was no key.
    pub fingerprint: Option<[u8; 32]>,
}

/// Where the events of one append went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The events with their places, in order; none if none were given.
    pub events: Vec<RecordedEvent>,
    /// The place of the last; where there were none, the head at that moment.
    pub position: Position,
}

/// Why an append was not made. Nothing of it was recorded, but where the outcome is unknown.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Someone was first.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The idempotency key was used before; here is what it gave then.
    #[error("the idempotency key was used before")]
    KeyUsed(Box<KeptNote>),
    /// The machinery broke. With [`FailureKind::OutcomeUnknown`](crate::FailureKind::OutcomeUnknown) the append may have been made.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Which way a reader goes through the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From old to new.
    #[default]
    Forward,
    /// From new to old.
    Backward,
}

/// What to read.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// Which events.
    pub filter: Filter,
    /// Where to go on: forward, only events after this place; backward, only events before it.
    pub from: Position,
    /// How many at most. No store gives more than [`MAX_PAGE`] in one page.
    pub limit: usize,
    /// Which way.
    pub direction: Direction,
}

/// The most events in one page, so that a long read never pins a store's log.
pub const MAX_PAGE: usize = 1_000;

impl ReadRequest {
    /// A full page of these events after this place.
    #[must_use]
    pub fn after(filter: impl Into<Filter>, from: Position) -> Self {
        Self { filter: filter.into(), from, limit: MAX_PAGE, direction: Direction::Forward }
    }

    /// A full page of these events before this place, the newest first.
    #[must_use]
    pub fn before(filter: impl Into<Filter>, from: Position) -> Self {
        Self { filter: filter.into(), from, limit: MAX_PAGE, direction: Direction::Backward }
    }

    /// At most so many.
    #[must_use]
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}

/// A page of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The events, in the order asked for.
    pub events: Vec<RecordedEvent>,
    /// Up to where everything was considered, matching or not: go on from here. Forward: no event at or below it will
    /// ever be new to this reader. At the end it equals `head`; backward at the end it is [`Position::START`].
    pub considered: Position,
    /// The head, taken before the events were.
    pub head: Position,
}

/// Which streams to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamsRequest {
    /// Only those of this category.
    pub category: Option<String>,
    /// Only those with a [`StreamEnd::number`] after this one.
    pub after: u64,
    /// How many at most. No store gives more than [`MAX_PAGE`].
    pub limit: usize,
}

/// A stream, and where it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamEnd {
    /// The store's own number of it, by which a list goes on.
    pub number: u64,
    /// Which.
    pub stream: StreamId,
    /// Its last revision.
    pub revision: Revision,
    /// The place of its last event.
    pub position: Position,
}

/// Keeps the log.
#[async_trait]
pub trait EventStore: Send + Sync + std::fmt::Debug + 'static {
    /// Stores the events where the condition holds. What it answers is durable. A caller that goes away does not cancel it.
    ///
    /// Order of checks: the idempotency key, the expected revisions, the boundary; then inline projections run.
    ///
    /// # Errors
    /// [`AppendError`]; nothing was recorded, but where the outcome is unknown.
    async fn append(&self, append: Append) -> Result<Appended, AppendError>;

    /// A page of the log.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn read(&self, request: ReadRequest) -> Result<Page, Failure>;

    /// The last position.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn head(&self) -> Result<Position, Failure>;

    /// The last revision of a stream and its place in the store.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn last_of(&self, stream: &StreamId) -> Result<Option<(Revision, Position)>, Failure>;

    /// Streams in the order of their numbers, which is about the order in which they began.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn streams(&self, request: StreamsRequest) -> Result<Vec<StreamEnd>, Failure>;

    /// What the engine itself finds wrong with what it keeps, a sentence each; none where it has no way to look, or all is well.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be looked at.
    async fn damage(&self) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    /// Tells of news. Each watch is independent; what is appended before the first call counts as news too.
    fn watch(&self) -> Box<dyn HeadWatch>;

    /// What was noted under an idempotency key.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn note_by_key(&self, key: &str) -> Result<Option<KeptNote>, Failure>;

    /// The last that was noted under a correlation id. Commands with events and without a key leave no note: ask the
    /// correlation index for those.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn note_by_correlation(&self, id: &CorrelationId) -> Result<Option<KeptNote>, Failure>;

    /// Forgets notes made before this moment; answers how many.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be written.
    async fn forget_notes(&self, before: Timestamp) -> Result<u64, Failure>;

    /// Puts projections into the transaction of every append from now on. One that is new to the store is first brought up to the head.
    ///
    /// # Errors
    /// [`Failure`] where the store keeps no tables, a schema does not apply, or a projection cannot take an old event.
    async fn mount_inline(&self, projections: Vec<Arc<dyn InlineProjection>>) -> Result<(), Failure>;

    /// Reads the tables of inline projections, as of the moment of the first query.
    ///
    /// # Errors
    /// [`Failure`] where the store keeps no tables or the engine cannot be read.
    async fn inline_reader(&self) -> Result<Box<dyn SqlReader>, Failure>;

    /// Counts how many appends this handle writes together; a store without groups counts none.
    fn group_sizes(&self) -> GroupSizes {
        GroupSizes::default()
    }

    /// Stops taking appends, finishes those that were taken, and lets go of what is held. Calls after it fail.
    ///
    /// # Errors
    /// [`Failure`] where what was held could not be put away in order. No acknowledged append is lost by it.
    async fn close(&self) -> Result<(), Failure>;
}

/// Waits for the head to move.
#[async_trait]
pub trait HeadWatch: Send {
    /// Answers the head as soon as it is past `position`; at once if it is. Safe to drop and call again.
    ///
    /// # Errors
    /// [`Failure`] once the store was closed or its engine is lost for good.
    async fn past(&mut self, position: Position) -> Result<Position, Failure>;
}
