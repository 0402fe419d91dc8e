//! The contracts of what stands beside the log, in memory.

use std::sync::Arc;

use async_trait::async_trait;
use diptych::memory::{MemoryKeys, MemorySnapshots};
use diptych_core::{
    keys::KeyStore,
    model::{ReadHandle, ReadModels, SqlEngine},
    snapshot::SnapshotStore,
};
use diptych_sqlite::SqliteEngine;
use diptych_testkit::{
    contract::{
        keys::KeyFixture,
        models::{ByStream, ModelFixture, Rows, sql_rows},
        snapshots::SnapshotFixture,
    },
    keys_contract, read_models_contract, snapshots_contract,
};

struct InMemory;

#[async_trait]
impl KeyFixture for InMemory {
    async fn open(&self) -> Arc<dyn KeyStore> {
        Arc::new(MemoryKeys::default())
    }
}

#[async_trait]
impl SnapshotFixture for InMemory {
    async fn open(&self) -> Arc<dyn SnapshotStore> {
        Arc::new(MemorySnapshots::default())
    }
}

/// The engine that `memory:` has.
struct Engine(SqliteEngine);

#[async_trait]
impl ModelFixture for Engine {
    async fn open(&self) -> Arc<dyn ReadModels> {
        self.0.models(Arc::new(ByStream))
    }

    async fn rows(&self, handle: &dyn ReadHandle) -> Rows {
        sql_rows(handle).await
    }

    fn name(&self) -> &'static str {
        "memory"
    }
}

keys_contract!(keys, InMemory);
snapshots_contract!(snapshots, InMemory);
read_models_contract!(read_models, Engine(SqliteEngine::in_memory().expect("an engine in memory")));
