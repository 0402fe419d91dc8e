//! What stands in a database: the log, the read models, the keys of persons and snapshots.

use std::sync::Arc;

use crate::{
    append::Queue,
    keys::PostgresKeys,
    migrate::Migration,
    models::PostgresEngine,
    open_error::OpenError,
    options::PostgresOptions,
    peers::{self, PostgresPeers},
    pool::Database,
    read::Names,
    schema::Schema,
    server::Server,
    snapshots::PostgresSnapshots,
    store::PostgresStore,
    watch::{self, Listener},
};

/// An opened database. Any number of processes may have it open.
#[derive(Clone, Debug)]
pub struct PostgresDatabase {
    store: Arc<PostgresStore>,
    engine: Arc<PostgresEngine>,
    keys: Arc<PostgresKeys>,
    snapshots: Arc<PostgresSnapshots>,
    peers: Arc<PostgresPeers>,
}

impl PostgresDatabase {
    /// Opens a database by its URL, `postgres://user@host:port/name`, and makes or brings up to date what is missing in it.
    /// Wants to run within tokio.
    ///
    /// In the URL may stand, beside what the client knows, `schema=…`, `connections=…`, `patience=SECONDS`, `sslrootcert=…` and `listen=…`, each
    /// as in [`PostgresOptions`] and percent-encoded. A server on another machine is spoken to with TLS and its certificate
    /// is verified, unless `sslmode=disable` says otherwise.
    ///
    /// # Errors
    /// [`OpenError`] says what to do.
    pub async fn open(url: &str, options: PostgresOptions) -> Result<Self, OpenError> {
        let (options, server, schema) = understood(url, options)?;
        let listening = match &options.listen_url {
            Some(url) => Server::parse(url, &options)?,
            None => server.clone(),
        };
        let client = server.client().await.map_err(|error| OpenError::connecting(&server, error))?;
        Migration { server: &server, schema: &schema, client: &client }.run().await?;
        let database = Database::new(server, schema, options.connections)?;
        let (news, queue_news) = watch::news();
        let queue = Queue::start(database.clone(), client, queue_news.clone());
        let notices = peers::notices();
        watch::follow(Listener {
            server: listening,
            database: database.clone(),
            news: queue_news,
            peers: notices.clone(),
            poll: options.poll,
        });
        let store = PostgresStore { queue, database: database.clone(), names: Names::default(), news };
        Ok(Self {
            store: Arc::new(store),
            engine: Arc::new(PostgresEngine::new(database.clone(), options.clock)),
            keys: Arc::new(PostgresKeys(database.clone())),
            peers: Arc::new(PostgresPeers::new(database.clone(), notices)),
            snapshots: Arc::new(PostgresSnapshots(database)),
        })
    }

    /// The SQL that [`PostgresDatabase::open`] would run to bring the tables up to date; none where they are.
    ///
    /// # Errors
    /// As [`PostgresDatabase::open`].
    pub async fn migrations(url: &str, options: PostgresOptions) -> Result<Option<String>, OpenError> {
        let (_, server, schema) = understood(url, options)?;
        let client = server.client().await.map_err(|error| OpenError::connecting(&server, error))?;
        Migration { server: &server, schema: &schema, client: &client }.plan().await
    }

    /// Brings the tables up to date, as [`PostgresDatabase::open`] does, and nothing else.
    ///
    /// # Errors
    /// As [`PostgresDatabase::open`].
    pub async fn migrate(url: &str, options: PostgresOptions) -> Result<(), OpenError> {
        let (_, server, schema) = understood(url, options)?;
        let client = server.client().await.map_err(|error| OpenError::connecting(&server, error))?;
        Migration { server: &server, schema: &schema, client: &client }.run().await
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

    /// The other nodes on it.
    #[must_use]
    pub fn peers(&self) -> Arc<PostgresPeers> {
        Arc::clone(&self.peers)
    }

    /// Saved folds.
    #[must_use]
    pub fn snapshots(&self) -> Arc<PostgresSnapshots> {
        Arc::clone(&self.snapshots)
    }
}

/// What a URL and the options say together.
fn understood(
    url: &str,
    mut options: PostgresOptions,
) -> Result<(PostgresOptions, Server, Schema), OpenError> {
    let url = options.taken_from(url)?;
    let server = Server::parse(&url, &options)?;
    let schema = Schema::parse(&options.schema)?;
    Ok((options, server, schema))
}
