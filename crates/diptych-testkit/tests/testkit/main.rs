//! The contract on the memory store, and tests of the testkit itself.

mod bank;
mod beside;
mod broken;
mod documents;
mod given;
mod node;
mod parking;
mod plain_models;

use std::sync::Arc;

use async_trait::async_trait;
use diptych::memory::{MemoryPeers, MemoryStore};
use diptych_core::{EventStore, peers::Peers};
use diptych_sqlite::SqliteEngine;
use diptych_testkit::{Fixture, contract::Tables, peers::SharedFixture, peers_contract, store_contract};

struct InMemory;

#[async_trait]
impl Fixture for InMemory {
    async fn open(&self) -> Arc<dyn EventStore> {
        Arc::new(MemoryStore::new())
    }

    fn name(&self) -> &'static str {
        "memory"
    }

    fn tables(&self) -> Tables {
        Tables::None
    }
}

/// The memory store with the tables of an engine beside it.
struct WithTables;

#[async_trait]
impl Fixture for WithTables {
    async fn open(&self) -> Arc<dyn EventStore> {
        let engine = SqliteEngine::in_memory().expect("an engine in memory");
        Arc::new(MemoryStore::with_tables(Arc::new(engine)))
    }

    fn name(&self) -> &'static str {
        "memory, with tables"
    }
}

store_contract!(memory, InMemory);
store_contract!(memory_with_tables, WithTables);

/// The peers of the memory store: all nodes share one value.
#[derive(Default)]
struct OneProcess(Arc<MemoryPeers>);

#[async_trait]
impl SharedFixture for OneProcess {
    async fn peers(&self) -> Arc<dyn Peers> {
        self.0.clone()
    }
}

peers_contract!(memory_peers, OneProcess::default());
