//! The port to the engines of read models: generations of rows, each with a checkpoint that moves with them.
//!
//! The runtime feeds a [`ReadModel`] batches of events and knows nothing of what it writes. An adapter makes
//! [`ReadModels`] of a projection that takes its handle: SQL engines of a
//! [`SqlProjection`]; for engines of documents, [`documents`](crate::documents) makes them.

use std::{any::Any, fmt, sync::Arc};

use async_trait::async_trait;

use crate::{
    documents::DocumentReader,
    event::RecordedEvent,
    failure::Failure,
    position::Position,
    projection::{ProjectionError, ProjectionSpec, SqlProjection},
    scan::RowScan,
    sql::SqlReader,
    stream::StreamId,
    time::Timestamp,
};

/// One filling of a read model; 1-based, larger is newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Generation(pub u32);

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How often a generation has changed its owner. A writer with an older one is fenced off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

/// The saved place of a generation, and who may move it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// Every wanted event up to here is in the rows.
    pub position: Position,
    /// The owner's epoch.
    pub epoch: Epoch,
}

/// What is known of one generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerationInfo {
    /// Which.
    pub generation: Generation,
    /// The version of its rows.
    pub version: u32,
    /// Up to where it is filled.
    pub position: Position,
    /// Whether queries read it. At most one is live.
    pub live: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A batch that was not taken. Nothing of it counts.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Another runner has taken the generation over; this one must stop.
    #[error("another runner has taken over (epoch {found}, ours is {ours})", found = found.0, ours = ours.0)]
    Fenced {
        /// The epoch of this runner.
        ours: Epoch,
        /// The epoch found.
        found: Epoch,
    },
    /// The projection could not take an event.
    #[error(transparent)]
    Event(#[from] ProjectionError),
    /// The engine broke.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// What happens to the later events of a stream of which one is parked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Later {
    /// They are taken as ever.
    #[default]
    Go,
    /// They are parked behind it, so that the stream is taken in its order.
    Wait,
}

/// An event that a generation could not take and that was put aside. Its place only: the event itself stays in the log, and is
/// read there, upcast, when it is tried again.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParkedEvent {
    /// Its place.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// Why it was not taken.
    pub error: String,
    /// How often it was tried; 0 for one that waits behind another.
    pub attempts: u32,
    /// When it was parked, or last tried.
    pub at: Timestamp,
    /// What happens to the later events of its stream.
    pub later: Later,
}

/// One generation of one read model.
#[async_trait]
pub trait ReadModel: Send + Sync + fmt::Debug {
    /// Makes the caller its owner: raises the epoch, so that whoever wrote before is fenced off.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be written.
    async fn take_over(&self, owner: &str) -> Result<Checkpoint, Failure>;

    /// Writes the rows of a batch and moves the checkpoint to `to`, together. The batch is in position order and wanted
    /// by the projection; events at or below the checkpoint change nothing. `to` is at or after the last of them.
    ///
    /// # Errors
    /// [`ApplyError`]; nothing of the batch counts.
    async fn apply(&self, batch: Arc<[RecordedEvent]>, to: Position, epoch: Epoch) -> Result<(), ApplyError>;

    /// Puts events aside, and moves the checkpoint to `to` if it is not there yet, together. One that is parked already is told anew.
    ///
    /// # Errors
    /// [`ApplyError`]; nothing of it counts.
    async fn park(&self, events: &[ParkedEvent], to: Position, epoch: Epoch) -> Result<(), ApplyError>;

    /// What is parked, in the order of positions.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn parked(&self) -> Result<Vec<ParkedEvent>, Failure>;

    /// Takes a parked event late and parks it no longer, together. One that is not parked changes nothing.
    ///
    /// # Errors
    /// [`ApplyError`]; it is parked as before.
    async fn unpark(&self, event: &RecordedEvent, epoch: Epoch) -> Result<(), ApplyError>;

    /// The saved place.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn checkpoint(&self) -> Result<Checkpoint, Failure>;

    /// Opens it for reading, all of one moment.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn reader(&self) -> Result<Box<dyn ReadHandle>, Failure>;
}

/// Where an engine stands, as seen from the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// It is the store's own, or as near: where it is away, so is everything.
    #[default]
    Store,
    /// A server of its own, which all nodes share. It may be away while the store is there; its read models then come later.
    Apart,
    /// In this node alone: every node fills its own. It may be away, as of [`Reach::Apart`].
    Node,
}

/// All generations of one read model.
#[async_trait]
pub trait ReadModels: Send + Sync + fmt::Debug {
    /// What is declared of the projection.
    fn spec(&self) -> &ProjectionSpec;

    /// Where its engine stands.
    fn reach(&self) -> Reach {
        Reach::Store
    }

    /// Those that exist, oldest first.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn generations(&self) -> Result<Vec<GenerationInfo>, Failure>;

    /// Makes a new, empty one of the present version. The first ever is live at once.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be written or the schema does not apply.
    async fn create(&self) -> Result<Generation, Failure>;

    /// Opens one that exists.
    ///
    /// # Errors
    /// [`Failure`] where there is none, or the engine cannot be read.
    async fn open(&self, generation: Generation) -> Result<Arc<dyn ReadModel>, Failure>;

    /// Makes it the one that queries read: one pointer, so no query sees a mixture.
    ///
    /// # Errors
    /// [`Failure`] where there is none, or the engine cannot be written.
    async fn promote(&self, generation: Generation) -> Result<(), Failure>;

    /// Removes one that is not live, rows and all.
    ///
    /// # Errors
    /// [`Failure`] where it is live, or the engine cannot be written.
    async fn remove(&self, generation: Generation) -> Result<(), Failure>;
}

/// A generation opened for reading: it has no way to write.
pub trait ReadHandle: Send + Sync {
    /// The checkpoint in the very moment that is read.
    fn position(&self) -> Position;

    /// As SQL, where the engine speaks it.
    fn sql(&self) -> Option<&dyn SqlReader> {
        None
    }

    /// As documents, where the engine keeps them. They are not older than the position; those that were written since may show.
    fn documents(&self) -> Option<&dyn DocumentReader> {
        None
    }

    /// All rows of this moment, for comparing generations; none where the engine has no way to list them. One scan at a time.
    fn scan(&self) -> Option<Box<dyn RowScan + '_>> {
        None
    }

    /// As what the engine's own crate made it, to be downcast.
    fn as_any(&self) -> &dyn Any;
}

/// An engine that keeps the read models of SQL projections.
pub trait SqlEngine: Send + Sync + fmt::Debug {
    /// The generations of this projection.
    fn models(&self, projection: Arc<dyn SqlProjection>) -> Arc<dyn ReadModels>;
}
