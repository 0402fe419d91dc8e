//! Backup and restore of the embedded store. A database has tools of its own, which know it better.

use std::{path::PathBuf, sync::Arc};

use diptych_core::{Failure, FailureKind};

use super::{StoreUrl, Stores};

/// How far a copy has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyProgress {
    /// The file being copied.
    pub file: String,
    /// Pages of it that are copied.
    pub pages: u64,
    /// Pages that it has.
    pub of: u64,
}

/// Told how far a copy has come; answers whether it goes on.
pub type CopyTold = Arc<dyn Fn(CopyProgress) -> bool + Send + Sync>;

impl Stores {
    /// Copies the embedded store into a folder that is not there yet, as of one moment, also while another process serves it. The copy
    /// can be served in turn. It holds the master key where that is in the store's folder. Answers false where it was called off; nothing of it stays then.
    ///
    /// # Errors
    /// [`Failure`] where the store is another one, or a file cannot be read or written. Nothing of the copy stays.
    pub async fn backup(url: &StoreUrl, to: PathBuf, told: CopyTold) -> Result<bool, Failure> {
        let folder = embedded(url)?;
        copied("backing up", Which::Backup, folder, to, told).await
    }

    /// Puts a copy back as the embedded store, whose folder must not be there yet or be empty. The copy stays as it is. Answers
    /// false where it was called off.
    ///
    /// # Errors
    /// As [`Stores::backup`]; also where the copy is damaged.
    pub async fn restore(from: PathBuf, url: &StoreUrl, told: CopyTold) -> Result<bool, Failure> {
        let folder = embedded(url)?;
        copied("restoring", Which::Restore, from, folder, told).await
    }
}

#[derive(Clone, Copy)]
enum Which {
    Backup,
    Restore,
}

fn embedded(url: &StoreUrl) -> Result<PathBuf, Failure> {
    let other = |text: String| Err(Failure::plain(FailureKind::Invalid, text));
    match url {
        StoreUrl::Sqlite(folder) => Ok(folder.clone()),
        StoreUrl::Memory => other("memory: is gone with its process; there is nothing to copy".to_owned()),
        StoreUrl::Postgres(_) => {
            other(format!("{url} is a database: use its own tools, pg_dump and pg_restore"))
        }
    }
}

#[cfg(feature = "sqlite")]
async fn copied(
    doing: &'static str,
    which: Which,
    from: PathBuf,
    to: PathBuf,
    told: CopyTold,
) -> Result<bool, Failure> {
    use diptych_sqlite::{Copying, Goes};
    let copying = move || {
        let mut tell = move |Copying { file, pages, of }: Copying<'_>| {
            if told(CopyProgress { file: file.to_owned(), pages, of }) { Goes::On } else { Goes::Off }
        };
        match which {
            Which::Backup => diptych_sqlite::backup(&from, &to, &mut tell),
            Which::Restore => diptych_sqlite::restore(&from, &to, &mut tell),
        }
    };
    let done = tokio::task::spawn_blocking(copying).await;
    let done = done.map_err(|error| Failure::new(FailureKind::Internal, doing, error))?;
    done.map_err(|error| Failure::new(FailureKind::Invalid, doing, error))
}

#[cfg(not(feature = "sqlite"))]
#[allow(clippy::unused_async, reason = "as its twin")]
async fn copied(_: &'static str, _: Which, _: PathBuf, _: PathBuf, _: CopyTold) -> Result<bool, Failure> {
    Err(Failure::plain(FailureKind::Invalid, "this program was built without the feature `sqlite`"))
}
