//! The lock of a folder: one serving process, and whoever comes second is told who that is.
//!
//! The operating system lets go of the lock when the process ends, however it ends; the text in the file is for people.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use diptych_core::Timestamp;

use crate::open_error::OpenError;

/// The file's name in the folder.
pub(crate) const NAME: &str = "lock";
/// What the file begins with, by which a folder is known to be ours.
const MARK: &str = "diptych folder\n";

/// Held while it lives, or until it is released.
#[derive(Debug)]
pub(crate) struct FolderLock {
    file: Mutex<Option<File>>,
    path: PathBuf,
}

impl FolderLock {
    /// Takes the lock of a folder that exists.
    ///
    /// # Errors
    /// [`OpenError::InUse`] where another process, or another handle of this one, has it.
    pub(crate) fn take(folder: &Path, now: Timestamp) -> Result<Self, OpenError> {
        let path = folder.join(NAME);
        let wrap = |error| OpenError::io(&path, error);
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(&path).map_err(wrap)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse { folder: folder.to_owned(), holder: holder(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(OpenError::io(&path, error)),
        }
        let text = format!("{MARK}process {}, since {now}\n", std::process::id());
        file.set_len(0).map_err(wrap)?;
        file.rewind().map_err(wrap)?;
        file.write_all(text.as_bytes()).map_err(wrap)?;
        file.sync_all().map_err(wrap)?;
        Ok(Self { file: Mutex::new(Some(file)), path })
    }

    /// Lets go of it; another process may open the folder from now on.
    pub(crate) fn release(&self) {
        if self.file.lock().unwrap_or_else(PoisonError::into_inner).take().is_some() {
            tracing::debug!(path = %self.path.display(), "lock released");
        }
    }
}

/// Whether a folder has a lock file that was written by us, or one that we had no time to write anything into.
pub(crate) fn marks(folder: &Path) -> bool {
    fs::read(folder.join(NAME)).is_ok_and(|text| text.is_empty() || text.starts_with(MARK.as_bytes()))
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) => match text.strip_prefix(MARK).map(str::trim) {
            Some(holder) if !holder.is_empty() => holder.to_owned(),
            Some(_) | None => "a process that has just begun".to_owned(),
        },
        Err(error) => format!("a process that did not say who it is ({error})"),
    }
}
