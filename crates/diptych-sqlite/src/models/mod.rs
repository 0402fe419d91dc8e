//! Read models: each generation in a file of its own, so that a busy projector never stands in the way of appends.
//!
//! Read `generation.rs` first: a file with its checkpoint; then `apply.rs`, a batch as one transaction with it. Then `generations.rs`, making, promoting
//! and removing them; `files.rs`, their names and the pointer to the live one; `handle.rs`, reading; `scan.rs`, all rows;
//! `parked.rs`, what could not be taken.
//!
//! What holds: rows and checkpoint move together, by a compare-and-set on the owner's epoch. A file is synced lazily: what
//! a power failure takes from its end is filled in again from the log, since the checkpoint goes with it.

mod apply;
mod files;
mod generation;
mod generations;
mod handle;
mod parked;
mod scan;

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use diptych_core::{
    Clock, Failure, SqlProjection, SystemClock,
    model::{Generation, ReadModels, SqlEngine},
};
use tempfile::TempDir;

use crate::{lock::FolderLock, open_error::OpenError, options::SqliteOptions, schema::Durability};
use files::ModelFiles;
use generation::SqliteModel;
use generations::SqliteModels;

/// Keeps read models in files. Made by [`SqliteFolder::open`](crate::SqliteFolder::open), or for a while by
/// [`SqliteEngine::in_memory`].
#[derive(Debug)]
pub struct SqliteEngine(Arc<Engine>);

/// What all read models of an engine share.
#[derive(Debug)]
struct Engine {
    files: ModelFiles,
    durability: Durability,
    readers: usize,
    clock: Arc<dyn Clock>,
    /// Generations that someone holds open, so that all who ask share one writer and one pool of readers.
    opened: Mutex<HashMap<(String, Generation), Weak<SqliteModel>>>,
    /// Held while generations are made, promoted or removed.
    changing: Mutex<()>,
    _held: Held,
}

/// What must live as long as the files are used.
#[derive(Debug)]
enum Held {
    Folder { _lock: Arc<FolderLock> },
    Temporary { _folder: TempDir },
}

impl SqliteEngine {
    pub(crate) fn open(
        folder: &Path,
        options: &SqliteOptions,
        lock: Arc<FolderLock>,
    ) -> Result<Self, OpenError> {
        let files = ModelFiles::open(&folder.join("models"))?;
        let held = Held::Folder { _lock: lock };
        Ok(Self::of(files, Durability::Replayable, options.clone(), held))
    }

    /// Read models that last as long as the engine: for `memory:` and for tests. They stand in files of the system's
    /// temporary folder, so that readers and the writer of a model do not wait for each other.
    ///
    /// # Errors
    /// [`OpenError`] where that folder cannot be written.
    pub fn in_memory() -> Result<Self, OpenError> {
        let temporary = std::env::temp_dir();
        let folder = tempfile::Builder::new().prefix("diptych-").tempdir();
        let folder = folder.map_err(|error| OpenError::io(&temporary, error))?;
        let files = ModelFiles::open(folder.path())?;
        let options = SqliteOptions { clock: Arc::new(SystemClock), ..SqliteOptions::default() };
        Ok(Self::of(files, Durability::Fleeting, options, Held::Temporary { _folder: folder }))
    }

    fn of(files: ModelFiles, durability: Durability, options: SqliteOptions, held: Held) -> Self {
        let SqliteOptions { readers, clock } = options;
        let (opened, changing) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Engine { files, durability, readers, clock, opened, changing, _held: held }))
    }
}

impl SqlEngine for SqliteEngine {
    fn models(&self, projection: Arc<dyn SqlProjection>) -> Arc<dyn ReadModels> {
        Arc::new(SqliteModels::new(Arc::clone(&self.0), projection))
    }
}

impl Engine {
    /// The generation as others have it open, or opened now.
    fn model(self: &Arc<Self>, name: &str, generation: Generation) -> Result<Arc<SqliteModel>, Failure> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.retain(|_, model| model.strong_count() > 0);
        let key = (name.to_owned(), generation);
        if let Some(model) = opened.get(&key).and_then(Weak::upgrade) {
            return Ok(model);
        }
        let model = Arc::new(SqliteModel::open(Arc::clone(self), name, generation)?);
        opened.insert(key, Arc::downgrade(&model));
        Ok(model)
    }

    /// Nobody who asks from now on is given this one.
    fn forget(&self, name: &str, generation: Generation) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = opened.remove(&(name.to_owned(), generation)).and_then(|model| model.upgrade()) {
            model.close();
        }
    }
}
