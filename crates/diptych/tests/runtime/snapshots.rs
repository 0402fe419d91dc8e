//! Snapshots: a saved fold is used, and one of another version is ignored.

use std::sync::Arc;

use diptych::{
    App, Command, Context, Events, Never, Node, Position, Result, Stores, StreamId, memory::MemorySnapshots,
    snapshot::SnapshotStore,
};

use crate::shop::{Account, AccountEvent, AccountId, id};

struct Deposit(i64);

impl Command for Deposit {
    const NAME: &'static str = "Deposit";
    type Reads = ();
    type Rejection = Never;

    fn target(&self) -> StreamId {
        StreamId::of("account", &id::<AccountId>("A"))
    }

    fn reads(&self, _: &Context) {}

    fn decide(&self, (): &(), _: &Context) -> Result<Events, Never> {
        Ok(Events::one(self.target(), AccountEvent::Deposited { cents: self.0 }))
    }
}

/// No cache, so that every load comes from the log or a snapshot.
async fn node(stores: &Stores) -> Node {
    App::with(stores.clone()).command::<Deposit>().state_cache_bytes(0).start().await.unwrap()
}

fn key() -> String {
    format!("{}|account/A||", std::any::type_name::<Account>())
}

#[tokio::test]
async fn a_fold_is_saved_and_used_and_one_of_another_version_is_ignored() {
    let snapshots = Arc::new(MemorySnapshots::default());
    let stores = Stores { snapshots: snapshots.clone(), ..Stores::memory(None).unwrap() };
    let node = node(&stores).await;
    for _ in 0..12 {
        node.execute(Deposit(1)).await.unwrap();
    }
    assert_eq!(node.load::<Account>(&id("A")).await.unwrap().cents, 12);
    let saved = snapshots.load(&key()).await.unwrap().expect("twelve events are more than every = 10");
    assert_eq!((saved.position, saved.folded), (Position::new(12), 12));

    let forged = |version| diptych::snapshot::Snapshot {
        state: serde_json::to_vec(&serde_json::json!({ "cents": 1_000 })).unwrap(),
        version,
        ..saved.clone()
    };
    snapshots.save(&key(), forged(saved.version)).await.unwrap();
    assert_eq!(node.load::<Account>(&id("A")).await.unwrap().cents, 1_000, "the snapshot is what is loaded");
    snapshots.save(&key(), forged(saved.version + 1)).await.unwrap();
    assert_eq!(node.load::<Account>(&id("A")).await.unwrap().cents, 12, "another version is ignored");
}
