//! Why a folder could not be opened, in words that tell its owner what to do.

use std::path::{Path, PathBuf};

use diptych_core::{BoxError, FailureKind};
use rusqlite::ErrorCode;

/// Why a folder could not be opened. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process serves it.
    #[error(
        "{} is being served by {holder}; only one process may open a folder, so ask that one: give its address with --url",
        folder.display()
    )]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// Who holds it and since when, as they wrote it.
        holder: String,
    },
    /// It holds something else.
    #[error("{} is {found}; nothing was changed. Name an empty or new folder", path.display())]
    Foreign {
        /// The folder or file.
        path: PathBuf,
        /// What it looks like.
        found: String,
    },
    /// A newer release has written it.
    #[error(
        "{} has schema {found}, and this program knows schemas up to {known}: a newer release has written it. Use that release",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema it has.
        found: i32,
        /// The newest schema this program knows.
        known: i32,
    },
    /// It cannot be written.
    #[error("{} is read-only; the store needs a folder that it may write to", path.display())]
    ReadOnly {
        /// The folder or file.
        path: PathBuf,
    },
    /// The disk has no room for it.
    #[error("no room on the disk for {}", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be read or written for another reason.
    #[error("{} could not be opened", path.display())]
    Broken {
        /// The folder or file.
        path: PathBuf,
        /// What the system or the engine said.
        source: BoxError,
    },
}

impl OpenError {
    /// What SQLite said of a file.
    pub(crate) fn sqlite(path: &Path, error: rusqlite::Error) -> Self {
        let (path, code) = (path.to_owned(), error.sqlite_error_code());
        if code == Some(ErrorCode::ReadOnly) {
            Self::ReadOnly { path }
        } else if code == Some(ErrorCode::DiskFull) {
            Self::Full { path }
        } else {
            Self::Broken { path, source: error.into() }
        }
    }

    /// What it means to someone who did not ask for the folder to be opened.
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::InUse { .. } => FailureKind::Invalid,
            Self::Foreign { .. } | Self::Newer { .. } => FailureKind::Unreadable,
            Self::ReadOnly { .. } | Self::Full { .. } => FailureKind::Unavailable,
            Self::Broken { source, .. } => {
                source.downcast_ref().map_or(FailureKind::Unavailable, crate::failure::kind)
            }
        }
    }

    /// What the system said of a folder or file.
    pub(crate) fn io(path: &Path, error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        let (path, kind) = (path.to_owned(), error.kind());
        if [ErrorKind::ReadOnlyFilesystem, ErrorKind::PermissionDenied].contains(&kind) {
            Self::ReadOnly { path }
        } else if kind == ErrorKind::StorageFull {
            Self::Full { path }
        } else if [ErrorKind::NotADirectory, ErrorKind::AlreadyExists].contains(&kind) {
            Self::Foreign { path, found: "a file, not a folder".to_owned() }
        } else {
            Self::Broken { path, source: error.into() }
        }
    }
}
