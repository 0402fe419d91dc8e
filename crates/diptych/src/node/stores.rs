//! Where a node keeps things: chosen by URL, or put together by hand.

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc};

use diptych_core::{
    EventStore, Failure, FailureKind, keys::KeyStore, model::SqlEngine, snapshot::SnapshotStore,
};

use crate::{
    memory::{MemoryKeys, MemorySnapshots, MemoryStore},
    vault::MasterKey,
};

/// Everything a node keeps things in. An adapter of another engine fills one in.
#[derive(Clone, Debug)]
pub struct Stores {
    /// The log.
    pub events: Arc<dyn EventStore>,
    /// The read models of SQL projections; none where the set-up has no such engine.
    pub engine: Option<Arc<dyn SqlEngine>>,
    /// The keys of persons.
    pub keys: Arc<dyn KeyStore>,
    /// Saved folds.
    pub snapshots: Arc<dyn SnapshotStore>,
    /// What wraps the keys of persons.
    pub master: MasterKey,
}

/// A store's URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// `memory:`: everything is gone with the process.
    Memory,
    /// `sqlite:FOLDER`: the embedded store.
    Sqlite(PathBuf),
}

/// A text that is no store's URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{url:?} names no store; use memory: or sqlite:FOLDER")]
pub struct UrlError {
    url: String,
}

impl FromStr for StoreUrl {
    type Err = UrlError;

    fn from_str(url: &str) -> Result<Self, UrlError> {
        match url.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", folder)) if !folder.is_empty() => {
                Ok(Self::Sqlite(folder.strip_prefix("//").filter(|f| !f.is_empty()).unwrap_or(folder).into()))
            }
            _ => Err(UrlError { url: url.to_owned() }),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Sqlite(folder) => write!(f, "sqlite:{}", folder.display()),
        }
    }
}

impl Stores {
    /// Opens what the URL names. Without a master key, the embedded store keeps one in `master.key` in its folder, made
    /// with mode 0600 at first start.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be opened; the text says who holds it or what is wrong with it.
    pub async fn open(url: &StoreUrl, master: Option<MasterKey>) -> Result<Self, Failure> {
        match url {
            StoreUrl::Memory => Self::memory(master),
            StoreUrl::Sqlite(folder) => Self::sqlite(folder.clone(), master).await,
        }
    }

    /// Everything in memory.
    ///
    /// # Errors
    /// [`Failure`] where the system gives no randomness for a master key.
    pub fn memory(master: Option<MasterKey>) -> Result<Self, Failure> {
        let master = master
            .map_or_else(MasterKey::generate, Ok)
            .map_err(|error| Failure::new(FailureKind::Unavailable, "making a master key", error))?;
        let engine = embedded_engine()?;
        let events: Arc<dyn EventStore> = match &engine {
            Some(engine) => Arc::new(MemoryStore::with_tables(Arc::clone(engine))),
            None => Arc::new(MemoryStore::new()),
        };
        let keys = Arc::new(MemoryKeys::default());
        Ok(Self { events, engine, keys, snapshots: Arc::new(MemorySnapshots::default()), master })
    }

    #[cfg(feature = "sqlite")]
    async fn sqlite(folder: PathBuf, master: Option<MasterKey>) -> Result<Self, Failure> {
        let opening = move || {
            let shown = folder.display().to_string();
            let opened =
                diptych_sqlite::SqliteFolder::open(&folder, diptych_sqlite::SqliteOptions::default())
                    .map_err(|error| {
                        Failure::new(FailureKind::Invalid, format!("opening sqlite:{shown}"), error)
                    })?;
            let master = match master {
                Some(master) => master,
                None => MasterKey::from_file(&folder.join("master.key")).map_err(|error| {
                    Failure::new(
                        FailureKind::Invalid,
                        format!("opening the master key of sqlite:{shown}"),
                        error,
                    )
                })?,
            };
            Ok(Self {
                events: opened.store(),
                engine: Some(opened.engine()),
                keys: opened.keys(),
                snapshots: opened.snapshots(),
                master,
            })
        };
        tokio::task::spawn_blocking(opening)
            .await
            .map_err(|error| Failure::new(FailureKind::Internal, "opening the embedded store", error))?
    }

    #[cfg(not(feature = "sqlite"))]
    #[allow(clippy::unused_async, reason = "as its twin")]
    async fn sqlite(_: PathBuf, _: Option<MasterKey>) -> Result<Self, Failure> {
        Err(Failure::plain(FailureKind::Invalid, "this program was built without the feature `sqlite`"))
    }
}

#[cfg(feature = "sqlite")]
fn embedded_engine() -> Result<Option<Arc<dyn SqlEngine>>, Failure> {
    let engine = diptych_sqlite::SqliteEngine::in_memory()
        .map_err(|error| Failure::new(FailureKind::Unavailable, "opening read models in memory", error))?;
    Ok(Some(Arc::new(engine)))
}

#[cfg(not(feature = "sqlite"))]
#[allow(clippy::unnecessary_wraps, reason = "as its twin")]
fn embedded_engine() -> Result<Option<Arc<dyn SqlEngine>>, Failure> {
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_chosen_by_url() {
        assert_eq!("memory:".parse(), Ok(StoreUrl::Memory));
        assert_eq!("sqlite:a/b".parse(), Ok(StoreUrl::Sqlite("a/b".into())));
        assert_eq!("sqlite:///var/x".parse(), Ok(StoreUrl::Sqlite("/var/x".into())));
        for bad in ["", "sqlite", "sqlite:", "memory:x", "mysql://h"] {
            let error = bad.parse::<StoreUrl>().unwrap_err().to_string();
            assert!(error.contains("memory: or sqlite:FOLDER"), "{error}");
        }
    }
}
