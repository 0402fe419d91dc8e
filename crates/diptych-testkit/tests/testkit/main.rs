//! The contract on the memory store, and tests of the testkit itself.

mod bank;
mod broken;
mod given;

use std::sync::Arc;

use async_trait::async_trait;
use diptych::memory::MemoryStore;
use diptych_core::EventStore;
use diptych_testkit::{Fixture, contract::Tables, store_contract};

struct InMemory;

#[async_trait]
impl Fixture for InMemory {
    async fn open(&self) -> Arc<dyn EventStore> {
        Arc::new(MemoryStore::new())
    }

    fn tables(&self) -> Tables {
        Tables::None
    }
}

store_contract!(memory, InMemory);
