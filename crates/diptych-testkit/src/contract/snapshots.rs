//! Rules of saved folds: the newest of a schema stays.

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::{
    Position,
    snapshot::{Snapshot, SnapshotStore},
};
use futures::future::join_all;

use super::nothing_to_test;

/// How to open what keeps the snapshots that are tested: made anew for every rule.
#[async_trait]
pub trait SnapshotFixture: Send + Sync {
    /// Opens it for the first time: empty.
    async fn open(&self) -> Arc<dyn SnapshotStore>;

    /// Opens it again after it was let go. None, which is the default, where nothing outlives it.
    async fn reopen(&self) -> Option<Arc<dyn SnapshotStore>> {
        None
    }
}

fn at(position: u64, version: u32) -> Snapshot {
    Snapshot { position: Position::new(position), folded: position + 1, version, state: (0..=255).collect() }
}

async fn save(snapshots: &dyn SnapshotStore, key: &str, snapshot: Snapshot) {
    snapshots.save(key, snapshot).await.expect("a snapshot can be saved");
}

async fn load(snapshots: &dyn SnapshotStore, key: &str) -> Option<Snapshot> {
    snapshots.load(key).await.expect("a snapshot can be asked for")
}

/// A snapshot comes back exactly, and under its own key only.
pub async fn a_snapshot_comes_back_exactly(fixture: &dyn SnapshotFixture) {
    let snapshots = fixture.open().await;
    assert_eq!(load(&*snapshots, "k").await, None);
    save(&*snapshots, "k", at(5, 1)).await;
    assert_eq!(load(&*snapshots, "k").await, Some(at(5, 1)));
    for other in ["K", "k ", "kk", ""] {
        assert_eq!(load(&*snapshots, other).await, None, "{other:?}");
    }
}

/// An older one does not replace a newer one; one of another schema replaces any.
pub async fn the_newest_of_a_schema_stays(fixture: &dyn SnapshotFixture) {
    let snapshots = fixture.open().await;
    for (saved, kept) in
        [(at(5, 1), at(5, 1)), (at(3, 1), at(5, 1)), (at(8, 1), at(8, 1)), (at(2, 2), at(2, 2))]
    {
        save(&*snapshots, "k", saved).await;
        assert_eq!(load(&*snapshots, "k").await, Some(kept));
    }
}

/// Of many savers at once the newest stays.
pub async fn of_many_at_once_the_newest_stays(fixture: &dyn SnapshotFixture) {
    let snapshots = fixture.open().await;
    let saves = (0..40).map(|n| {
        let snapshots = Arc::clone(&snapshots);
        tokio::spawn(async move { save(&*snapshots, "k", at(n * 7 % 40, 1)).await })
    });
    for saved in join_all(saves).await {
        saved.expect("a saver broke");
    }
    assert_eq!(load(&*snapshots, "k").await, Some(at(39, 1)));
}

/// Snapshots are there again. Losing them would be allowed; losing them always would be a broken store.
pub async fn snapshots_are_there_again(fixture: &dyn SnapshotFixture) {
    let snapshots = fixture.open().await;
    save(&*snapshots, "k", at(5, 1)).await;
    drop(snapshots);
    let Some(snapshots) = fixture.reopen().await else {
        return nothing_to_test("snapshots do not outlive what keeps them");
    };
    assert_eq!(load(&*snapshots, "k").await, Some(at(5, 1)));
}
