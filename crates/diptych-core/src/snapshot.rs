//! The port to saved folds. A snapshot is always disposable: one that is lost, old or unreadable costs time, nothing else.

use async_trait::async_trait;

use crate::{failure::Failure, position::Position};

/// A saved fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Up to where the scope was folded.
    pub position: Position,
    /// How many events were folded in all.
    pub folded: u64,
    /// The version of the state's schema.
    pub version: u32,
    /// The state, as its type wrote it.
    pub state: Vec<u8>,
}

/// Keeps the newest snapshot of each scope and state.
#[async_trait]
pub trait SnapshotStore: Send + Sync + std::fmt::Debug {
    /// The newest one under this key.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn load(&self, key: &str) -> Result<Option<Snapshot>, Failure>;

    /// Keeps this one in place of an older one.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be written.
    async fn save(&self, key: &str, snapshot: Snapshot) -> Result<(), Failure>;
}
