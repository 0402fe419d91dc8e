//! The keys of persons: in a file of their own, apart from the log, so that one can be destroyed.
//!
//! SQLite is told to overwrite what it deletes, and the WAL, which still has the old page, is emptied at once. What the
//! disk itself keeps of overwritten blocks no program can promise.

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use diptych_core::{
    Failure,
    keys::{KeyState, KeyStore, WrappedKey},
};
use rusqlite::{Connection, OptionalExtension};

use crate::{
    grouped::GroupedFile,
    lock::FolderLock,
    open_error::OpenError,
    schema::{Durability, KEYS},
};

/// The file's name in the folder.
pub(crate) const FILE: &str = "keys.db";

/// Keeps the keys of persons in `keys.db`. Made by [`SqliteFolder::open`](crate::SqliteFolder::open).
#[derive(Debug)]
pub struct SqliteKeys {
    file: GroupedFile,
    _lock: Arc<FolderLock>,
}

impl SqliteKeys {
    pub(crate) fn open(folder: &Path, lock: Arc<FolderLock>) -> Result<Self, OpenError> {
        let file = folder.join(FILE);
        let connection = KEYS.open(&file, Durability::Synced)?;
        let overwrites =
            connection.pragma_update_and_check(None, "secure_delete", "ON", |row| row.get::<_, i64>(0));
        overwrites.map_err(|error| OpenError::sqlite(&file, error))?;
        Ok(Self { file: GroupedFile::new(&file, connection, "keeping keys in keys.db"), _lock: lock })
    }
}

#[async_trait]
impl KeyStore for SqliteKeys {
    async fn get(&self, subject: &str) -> Result<KeyState, Failure> {
        let subject = subject.to_owned();
        self.file.read(move |reading| state(&reading.connection, &subject)).await
    }

    async fn put_if_absent(&self, subject: &str, key: WrappedKey) -> Result<KeyState, Failure> {
        let subject = subject.to_owned();
        let put = move |connection: &Connection| {
            connection.prepare_cached(include_str!("../sql/keys/put.sql"))?.execute((&subject, key.0))?;
            state(connection, &subject)
        };
        self.file.write(put).await
    }

    async fn destroy(&self, subject: &str) -> Result<(), Failure> {
        let subject = subject.to_owned();
        let destroy = move |connection: &Connection| {
            connection.prepare_cached(include_str!("../sql/keys/destroy.sql"))?.execute([subject])
        };
        self.file.write(destroy).await?;
        self.file.afterwards(empty_wal).await
    }

    async fn master_check(&self, fresh: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let check = move |connection: &Connection| {
            connection.execute(include_str!("../sql/keys/put_master.sql"), [fresh])?;
            connection.query_row(include_str!("../sql/keys/master.sql"), [], |row| row.get(0))
        };
        self.file.write(check).await
    }
}

fn empty_wal(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

fn state(connection: &Connection, subject: &str) -> rusqlite::Result<KeyState> {
    let mut statement = connection.prepare_cached(include_str!("../sql/keys/get.sql"))?;
    let key: Option<Option<Vec<u8>>> = statement.query_row([subject], |row| row.get(0)).optional()?;
    Ok(match key {
        None => KeyState::Absent,
        Some(None) => KeyState::Destroyed,
        Some(Some(key)) => KeyState::Present(WrappedKey(key)),
    })
}
