//! Where a node keeps things: chosen by URL, or put together by hand.

use std::{path::PathBuf, sync::Arc};

use diptych_core::{
    EventStore, Failure, FailureKind, cache::ViewCache, documents::DocumentEngine, keys::KeyStore,
    model::SqlEngine, peers::Peers, snapshot::SnapshotStore,
};

use super::{
    engines,
    url::{PostgresUrl, StoreUrl},
};
use crate::{
    memory::{MemoryKeys, MemoryPeers, MemorySnapshots, MemoryStore},
    vault::MasterKey,
};

/// What to do where a database is opened without a master key.
#[cfg(feature = "postgres")]
const NO_MASTER: &str = "personal data in it is sealed by a master key, which every process on it must be given: \
    set DIPTYCH_MASTER_KEY (`openssl rand -base64 32` makes one), or name a file by --master-key-file, which is made where it is missing";

/// Everything a node keeps things in. An adapter of another engine fills one in.
#[derive(Clone, Debug)]
pub struct Stores {
    /// The log.
    pub events: Arc<dyn EventStore>,
    /// The read models of SQL projections; none where the set-up has no such engine.
    pub engine: Option<Arc<dyn SqlEngine>>,
    /// The read models of projections into documents; none where rows are kept instead.
    pub documents: Option<Arc<dyn DocumentEngine>>,
    /// What is searched by words.
    pub search: Option<Arc<dyn DocumentEngine>>,
    /// What is asked before the read models; none where nothing is cached.
    pub cache: Option<Arc<dyn ViewCache>>,
    /// The keys of persons.
    pub keys: Arc<dyn KeyStore>,
    /// Saved folds.
    pub snapshots: Arc<dyn SnapshotStore>,
    /// The other nodes on the same log.
    pub peers: Arc<dyn Peers>,
    /// What wraps the keys of persons.
    pub master: MasterKey,
}

impl Stores {
    /// Opens what the URL names. Without a master key, the embedded store keeps one in `master.key` in its folder, made
    /// with mode 0600 at first start. A database is shared by processes that must all have the same key, and outlives the
    /// disk of any of them, so there it has to be given.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be opened; the text says who holds it or what is wrong with it.
    pub async fn open(url: &StoreUrl, master: Option<MasterKey>) -> Result<Self, Failure> {
        match url {
            StoreUrl::Memory => Self::memory(master),
            StoreUrl::Sqlite(folder) => Self::sqlite(folder.clone(), master).await,
            StoreUrl::Postgres(url) => Self::postgres(url, master).await,
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
        let snapshots = Arc::new(MemorySnapshots::default());
        let search = Some(engines::in_memory()?);
        let (documents, cache, peers) = (None, None, Arc::new(MemoryPeers::new()));
        Ok(Self { events, engine, documents, search, cache, keys, snapshots, peers, master })
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
                documents: None,
                search: Some(engines::beside(&folder)?),
                cache: None,
                keys: opened.keys(),
                snapshots: opened.snapshots(),
                // One process serves a folder.
                peers: Arc::new(super::kept_peers::KeptPeers::open(folder.join("operated.json"))?),
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

impl Stores {
    #[cfg(feature = "postgres")]
    async fn postgres(url: &PostgresUrl, master: Option<MasterKey>) -> Result<Self, Failure> {
        let doing = || format!("opening {url}");
        let Some(master) = master else {
            return Err(Failure::plain(FailureKind::Invalid, format!("{}: {NO_MASTER}", doing())));
        };
        let options = diptych_postgres::PostgresOptions::default();
        let opened = diptych_postgres::PostgresDatabase::open(url.with_password(), options).await;
        let opened = opened.map_err(|error| Failure::new(error.kind(), doing(), error))?;
        Ok(Self {
            events: opened.store(),
            engine: Some(opened.engine()),
            documents: None,
            search: Some(engines::in_memory()?),
            cache: None,
            keys: opened.keys(),
            snapshots: opened.snapshots(),
            peers: opened.peers(),
            master,
        })
    }

    #[cfg(not(feature = "postgres"))]
    #[allow(clippy::unused_async, reason = "as its twin")]
    async fn postgres(_: &PostgresUrl, _: Option<MasterKey>) -> Result<Self, Failure> {
        Err(Failure::plain(FailureKind::Invalid, "this program was built without the feature `postgres`"))
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
