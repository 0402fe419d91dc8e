//! SQLite keeps the contract of a store, and what is particular to it holds besides.

#![allow(clippy::unwrap_used, reason = "what a test cannot do without must be there")]
use std::sync::Arc;

use diptych_core::EventStore;
use diptych_sqlite::{SqliteFolder, SqliteOptions};
use diptych_testkit::{Fixture, store_contract};
use tempfile::TempDir;

/// A folder of its own for every rule.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn store(&self) -> Arc<dyn EventStore> {
        SqliteFolder::open(self.0.path(), SqliteOptions::default()).unwrap().store()
    }
}

#[async_trait::async_trait]
impl Fixture for Folder {
    async fn open(&self) -> Arc<dyn EventStore> {
        self.store()
    }

    async fn reopen(&self) -> Option<Arc<dyn EventStore>> {
        Some(self.store())
    }
}

store_contract!(sqlite, Folder::new());
