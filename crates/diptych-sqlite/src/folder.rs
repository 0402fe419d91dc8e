//! The folder: what `sqlite:FOLDER` opens, all of it or nothing.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    keys::SqliteKeys,
    lock::{self, FolderLock},
    models::SqliteEngine,
    open_error::OpenError,
    options::SqliteOptions,
    schema::{self, Owner},
    snapshots::SqliteSnapshots,
    store::{self, SqliteStore},
};

/// A folder that this process serves.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let place = tempfile::tempdir()?;
/// use diptych_sqlite::{SqliteFolder, SqliteOptions};
///
/// let folder = SqliteFolder::open(&place.path().join("shop"), SqliteOptions::default())?;
/// let second = SqliteFolder::open(&place.path().join("shop"), SqliteOptions::default());
/// assert!(second.unwrap_err().to_string().contains("is being served by process"));
/// # drop(folder);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SqliteFolder {
    path: PathBuf,
    store: Arc<SqliteStore>,
    engine: Arc<SqliteEngine>,
    keys: Arc<SqliteKeys>,
    snapshots: Arc<SqliteSnapshots>,
}

impl SqliteFolder {
    /// Opens a folder; makes it, and those above it, where there is none. Open it before anything else is put into it.
    ///
    /// # Errors
    /// [`OpenError`]; a folder that is not ours, newer than this program, or served by another process is left as it was.
    pub fn open(path: &Path, options: SqliteOptions) -> Result<Self, OpenError> {
        fs::create_dir_all(path).map_err(|error| OpenError::io(path, error))?;
        refuse_foreign(path)?;
        let lock = Arc::new(FolderLock::take(path, options.clock.now())?);
        // The log first: it tells whether the folder is newer than this program.
        let store = SqliteStore::open(path, &options, Arc::clone(&lock))?;
        Ok(Self {
            path: path.to_owned(),
            store: Arc::new(store),
            engine: Arc::new(SqliteEngine::open(path, &options, Arc::clone(&lock))?),
            keys: Arc::new(SqliteKeys::open(path, Arc::clone(&lock))?),
            snapshots: Arc::new(SqliteSnapshots::open(path, lock)?),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The log.
    #[must_use]
    pub fn store(&self) -> Arc<SqliteStore> {
        Arc::clone(&self.store)
    }

    /// The engine of its read models.
    #[must_use]
    pub fn engine(&self) -> Arc<SqliteEngine> {
        Arc::clone(&self.engine)
    }

    /// The keys of persons.
    #[must_use]
    pub fn keys(&self) -> Arc<SqliteKeys> {
        Arc::clone(&self.keys)
    }

    /// Saved folds.
    #[must_use]
    pub fn snapshots(&self) -> Arc<SqliteSnapshots> {
        Arc::clone(&self.snapshots)
    }
}

/// A folder is ours when it is empty, or when its log or its lock file says so. A log that is there counts first, but
/// not one whose making a power cut has torn: SQLite still has to roll it back by the journal beside it, and then its
/// schema is looked at again.
fn refuse_foreign(folder: &Path) -> Result<(), OpenError> {
    let mut entries = fs::read_dir(folder).map_err(|error| OpenError::io(folder, error))?;
    let log = folder.join(store::FILE);
    let found = match schema::owner(&log).map_err(|error| OpenError::io(&log, error))? {
        Owner::Nobody if entries.next().is_none() || lock::marks(folder) => return Ok(()),
        Owner::Nobody => "a folder with other things in it",
        Owner::Diptych => return Ok(()),
        Owner::Other if lock::marks(folder) && schema::has_journal(&log) => return Ok(()),
        Owner::Other => "a folder with a log.db of another program in it",
    };
    Err(OpenError::Foreign { path: folder.to_owned(), found: found.to_owned() })
}
