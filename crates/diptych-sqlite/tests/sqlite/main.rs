//! SQLite keeps the contract of a store, and what is particular to it holds besides.
//!
//! `folder.rs`: whose a folder is. `group.rs`: appends that are written together. `matcher.rs`: the matcher in SQL is the
//! matcher of reference. `inline.rs` and `models.rs`: projections. `beside.rs`: keys and snapshots.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod beside;
mod brief;
mod folder;
mod group;
mod inline;
mod lockless;
mod matcher;
mod models;

use std::{path::Path, sync::Arc};

use diptych_core::EventStore;
use diptych_sqlite::{SqliteFolder, SqliteOptions};
use diptych_testkit::{Fixture, keys_contract, read_models_contract, snapshots_contract, store_contract};
use tempfile::TempDir;

/// A folder of its own for every rule.
struct Folder(TempDir);

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn opened(&self) -> SqliteFolder {
        SqliteFolder::open(self.path(), SqliteOptions::default()).unwrap()
    }

    fn store(&self) -> Arc<dyn EventStore> {
        self.opened().store()
    }
}

#[async_trait::async_trait]
impl Fixture for Folder {
    async fn open(&self) -> Arc<dyn EventStore> {
        self.store()
    }

    fn name(&self) -> &'static str {
        "SQLite"
    }

    async fn reopen(&self) -> Option<Arc<dyn EventStore>> {
        Some(self.store())
    }
}

store_contract!(sqlite, Folder::new());
read_models_contract!(read_models, models::Kept::default());
keys_contract!(keys, beside::Kept::default());
snapshots_contract!(snapshots, beside::Kept::default());
