//! Keys and snapshots, each in a file of its own: the contracts' fixture, and what is particular to SQLite.

use std::{
    fs,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use diptych_core::{
    keys::{KeyState, KeyStore, WrappedKey},
    snapshot::SnapshotStore,
};
use diptych_sqlite::SqliteFolder;
use diptych_testkit::{
    contract::{keys::KeyFixture, snapshots::SnapshotFixture},
    deadline::run,
};

use crate::Folder;

/// A folder of its own.
#[derive(Default)]
pub(crate) struct Kept {
    opened: Mutex<Option<SqliteFolder>>,
    place: Folder,
}

impl Kept {
    /// Opens the folder, again if it was open.
    fn opened(&self) -> SqliteFolder {
        let mut opened = self.opened.lock().unwrap();
        drop(opened.take());
        opened.insert(self.place.opened()).clone()
    }
}

#[async_trait]
impl KeyFixture for Kept {
    async fn open(&self) -> Arc<dyn KeyStore> {
        self.opened().keys()
    }

    async fn reopen(&self) -> Option<Arc<dyn KeyStore>> {
        Some(self.opened().keys())
    }
}

#[async_trait]
impl SnapshotFixture for Kept {
    async fn open(&self) -> Arc<dyn SnapshotStore> {
        self.opened().snapshots()
    }

    async fn reopen(&self) -> Option<Arc<dyn SnapshotStore>> {
        Some(self.opened().snapshots())
    }
}

fn key(text: &str) -> WrappedKey {
    WrappedKey(text.as_bytes().to_vec())
}

#[test]
fn a_key_that_was_destroyed_is_in_no_file() {
    run(async {
        let place = Folder::new();
        let keys = place.opened().keys();
        let planted = "planted key bytes 0123456789";
        keys.put_if_absent("USR-1", key(planted)).await.unwrap();
        keys.put_if_absent("USR-2", key("another key")).await.unwrap();
        keys.destroy("USR-1").await.unwrap();
        assert_eq!(keys.get("USR-2").await.unwrap(), KeyState::Present(key("another key")));
        for file in ["keys.db", "keys.db-wal"] {
            let bytes = fs::read(place.path().join(file)).unwrap_or_default();
            assert!(!bytes.windows(planted.len()).any(|part| part == planted.as_bytes()), "{file}");
        }
    });
}
