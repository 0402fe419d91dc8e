//! What stands in a database: the log, the read models, the keys of persons and snapshots.

use std::sync::Arc;

use crate::{
    append::Queue, keys::PostgresKeys, models::PostgresEngine, open_error::OpenError,
    options::PostgresOptions, pool::Database, read::Names, schema::Schema, server::Server,
    snapshots::PostgresSnapshots, store::PostgresStore, watch,
};

/// An opened database. Any number of processes may have it open.
#[derive(Clone, Debug)]
pub struct PostgresDatabase {
    store: Arc<PostgresStore>,
    engine: Arc<PostgresEngine>,
    keys: Arc<PostgresKeys>,
    snapshots: Arc<PostgresSnapshots>,
}

impl PostgresDatabase {
    /// Opens a database by its URL, `postgres://user@host:port/name`, and makes or brings up to date what is missing in it.
    /// Wants to run within tokio.
    ///
    /// In the URL may stand, beside what the client knows, `schema=…` and `sslrootcert=…`. A server on another machine is spoken
    /// to with TLS and its certificate is verified, unless `sslmode=disable` says otherwise.
    ///
    /// # Errors
    /// [`OpenError`] says what to do.
    pub async fn open(url: &str, mut options: PostgresOptions) -> Result<Self, OpenError> {
        let url = options.taken_from(url)?;
        let server = Server::parse(&url, options.root_certificates.as_deref())?;
        let schema = Schema::parse(&options.schema)?;
        let listening = match &options.listen_url {
            Some(url) => Server::parse(url, options.root_certificates.as_deref())?,
            None => server.clone(),
        };
        let database = Database::new(server, schema, options.connections.max(2))?;
        let client = database.server.client().await.map_err(OpenError::broken)?;
        database.schema.migrate(&client).await?;
        let (news, queue_news) = watch::news();
        let queue = Queue::start(database.clone(), client, queue_news.clone());
        watch::follow(listening, database.clone(), queue_news, options.poll);
        let store = PostgresStore { queue, database: database.clone(), names: Names::default(), news };
        Ok(Self {
            store: Arc::new(store),
            engine: Arc::new(PostgresEngine::new(database.clone(), options.clock)),
            keys: Arc::new(PostgresKeys(database.clone())),
            snapshots: Arc::new(PostgresSnapshots(database)),
        })
    }

    /// The log.
    #[must_use]
    pub fn store(&self) -> Arc<PostgresStore> {
        Arc::clone(&self.store)
    }

    /// The read models.
    #[must_use]
    pub fn engine(&self) -> Arc<PostgresEngine> {
        Arc::clone(&self.engine)
    }

    /// The keys of persons.
    #[must_use]
    pub fn keys(&self) -> Arc<PostgresKeys> {
        Arc::clone(&self.keys)
    }

    /// Saved folds.
    #[must_use]
    pub fn snapshots(&self) -> Arc<PostgresSnapshots> {
        Arc::clone(&self.snapshots)
    }
}
