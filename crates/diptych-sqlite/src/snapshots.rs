//! Snapshots: disposable, so a file of them that cannot be read is made anew.

use std::{fs, path::Path, sync::Arc};

use async_trait::async_trait;
use diptych_core::{
    Failure, Position,
    snapshot::{Snapshot, SnapshotStore},
};
use rusqlite::{Connection, OptionalExtension};

use crate::{
    grouped::GroupedFile,
    lock::FolderLock,
    open_error::OpenError,
    schema::{Durability, SNAPSHOTS},
};

/// The file's name in the folder.
pub(crate) const FILE: &str = "snapshots.db";

/// Keeps snapshots in `snapshots.db`. Made by [`SqliteFolder::open`](crate::SqliteFolder::open).
#[derive(Debug)]
pub struct SqliteSnapshots {
    file: GroupedFile,
    _lock: Arc<FolderLock>,
}

impl SqliteSnapshots {
    pub(crate) fn open(folder: &Path, lock: Arc<FolderLock>) -> Result<Self, OpenError> {
        let file = folder.join(FILE);
        let connection = match SNAPSHOTS.open(&file, Durability::Replayable) {
            Err(error @ (OpenError::Broken { .. } | OpenError::Foreign { .. })) => {
                tracing::warn!(%error, "the snapshots cannot be read; they are begun anew");
                remove(&file)?;
                SNAPSHOTS.open(&file, Durability::Replayable)?
            }
            opened => opened?,
        };
        Ok(Self {
            file: GroupedFile::new(&file, connection, "keeping snapshots in snapshots.db"),
            _lock: lock,
        })
    }
}

fn remove(file: &Path) -> Result<(), OpenError> {
    for end in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        let path = Path::new(&name);
        match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(OpenError::io(path, error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

#[async_trait]
impl SnapshotStore for SqliteSnapshots {
    async fn load(&self, key: &str) -> Result<Option<Snapshot>, Failure> {
        let key = key.to_owned();
        let load = move |reading: &mut crate::pool::Reading| {
            let mut statement =
                reading.connection.prepare_cached(include_str!("../sql/snapshots/load.sql"))?;
            let snapshot = statement.query_row([&key], |row| {
                Ok(Snapshot {
                    position: Position::from_i64(row.get(0)?),
                    folded: row.get::<_, i64>(1)?.unsigned_abs(),
                    version: row.get(2)?,
                    state: row.get(3)?,
                })
            });
            snapshot.optional()
        };
        self.file.read(load).await
    }

    async fn save(&self, key: &str, snapshot: Snapshot) -> Result<(), Failure> {
        let key = key.to_owned();
        let Snapshot { position, folded, version, state } = snapshot;
        let folded = i64::try_from(folded).unwrap_or(i64::MAX);
        let save = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(include_str!("../sql/snapshots/save.sql"))?;
            statement.execute((key, position.to_i64(), folded, version, state)).map(drop)
        };
        self.file.write(save).await
    }
}
