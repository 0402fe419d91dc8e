//! Snapshots, in memory.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use diptych_core::{
    Failure,
    snapshot::{Snapshot, SnapshotStore},
};

/// Keeps the newest snapshot of each scope and state in memory.
#[derive(Debug, Default)]
pub struct MemorySnapshots(Mutex<HashMap<String, Snapshot>>);

impl MemorySnapshots {
    /// A keeper of no snapshots yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, Snapshot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SnapshotStore for MemorySnapshots {
    async fn load(&self, key: &str) -> Result<Option<Snapshot>, Failure> {
        Ok(self.kept().get(key).cloned())
    }

    async fn save(&self, key: &str, snapshot: Snapshot) -> Result<(), Failure> {
        let mut kept = self.kept();
        // Two savers may come in any order. Places of different schemas do not compare: there the last one stays.
        let newer = |old: &Snapshot| old.version == snapshot.version && old.position > snapshot.position;
        if !kept.get(key).is_some_and(newer) {
            kept.insert(key.to_owned(), snapshot);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use diptych_core::Position;

    use super::*;

    fn at(position: u64, version: u32) -> Snapshot {
        Snapshot { position: Position::new(position), folded: position, version, state: b"{}".to_vec() }
    }

    #[tokio::test]
    async fn an_older_snapshot_does_not_replace_a_newer_one_but_another_schema_does() {
        let snapshots = MemorySnapshots::new();
        for (saved, kept) in [(at(5, 1), at(5, 1)), (at(3, 1), at(5, 1)), (at(2, 2), at(2, 2))] {
            snapshots.save("k", saved).await.unwrap();
            assert_eq!(snapshots.load("k").await.unwrap(), Some(kept));
        }
        assert_eq!(snapshots.load("other").await.unwrap(), None);
    }
}
