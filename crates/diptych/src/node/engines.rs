//! The engines of read models beside the store: chosen by URL, opened without speaking to them yet.
//!
//! Each is a feature of this crate, as the stores are. What is not chosen is embedded: rows where the store keeps them, search in a
//! folder of the store's, or, beside a database, in one for as long as the process lives, filled again at each start.

use std::sync::Arc;

use diptych_core::{
    Clock, Failure, FailureKind, SqlProjection,
    cache::ViewCache,
    documents::{DocumentEngine, DocumentModels, DocumentProjection},
    model::{ReadModels, SqlEngine},
};

use super::{App, EngineUrl, EngineUrlError, EngineUse, ServerUrl, StoreUrl, Stores};

/// Which engines were chosen; none means the embedded ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Engines {
    pub(crate) read_db: Option<EngineUrl>,
    pub(crate) search: Option<EngineUrl>,
    pub(crate) cache: Option<EngineUrl>,
}

impl Engines {
    /// Puts the chosen engines in the place of the store's own.
    ///
    /// # Errors
    /// [`Failure`] where one is not built in, or its URL cannot be used. A server that is away is no error here.
    pub(crate) async fn into(self, mut stores: Stores) -> Result<Stores, Failure> {
        match self.read_db {
            None => {}
            Some(EngineUrl::Sql(url)) => {
                stores.engine = Stores::open(&url, Some(stores.master.clone())).await?.engine;
            }
            Some(url) => stores.documents = Some(documents(&url, EngineUse::ReadDb).await?),
        }
        if let Some(url) = self.search {
            stores.search = Some(documents(&url, EngineUse::Search).await?);
        }
        if let Some(url) = self.cache {
            stores.cache = Some(cache(&url)?);
        }
        Ok(stores)
    }
}

/// A read model that is rows where the read side speaks SQL, and documents where it keeps documents.
pub(super) struct Either {
    pub(super) rows: Arc<dyn SqlProjection>,
    documents: Arc<dyn DocumentProjection>,
}

impl Either {
    pub(super) fn models(
        &self,
        stores: &Stores,
        engine: &Arc<dyn SqlEngine>,
        clock: &Arc<dyn Clock>,
    ) -> Arc<dyn ReadModels> {
        match &stores.documents {
            Some(documents) => in_engine(documents, &self.documents, clock),
            None => engine.models(Arc::clone(&self.rows)),
        }
    }
}

fn in_engine(
    engine: &Arc<dyn DocumentEngine>,
    projection: &Arc<dyn DocumentProjection>,
    clock: &Arc<dyn Clock>,
) -> Arc<dyn ReadModels> {
    Arc::new(DocumentModels::new(Arc::clone(engine), Arc::clone(projection), Arc::clone(clock)))
}

impl App {
    /// Keeps a read model as rows or as documents, whichever the engine that was chosen for reading keeps. Both have one name; the
    /// queries that read it ask [`Reader::documents`](diptych_core::Reader::documents) first.
    #[must_use]
    pub fn rows_or_documents(mut self, rows: impl SqlProjection, documents: impl DocumentProjection) -> Self {
        let (of_rows, of_documents) = (rows.spec().name, documents.spec().name);
        if of_rows != of_documents {
            let text =
                format!("one read model is named {of_rows:?} as rows and {of_documents:?} as documents");
            self.problems.push(text);
        }
        self.either.push(Either { rows: Arc::new(rows), documents: Arc::new(documents) });
        self
    }

    /// Keeps documents that are searched by words, in the engine for that.
    #[must_use]
    pub fn searched_documents(mut self, projection: impl DocumentProjection) -> Self {
        self.searched.push(Arc::new(projection));
        self
    }

    /// Uses an engine that was named by a URL for this, in place of what the store has.
    ///
    /// # Errors
    /// [`EngineUrlError`] where it will not do for that.
    pub fn engine(mut self, used: EngineUse, url: EngineUrl) -> Result<Self, EngineUrlError> {
        let url = Some(used.check(url)?);
        match used {
            EngineUse::ReadDb => self.engines.read_db = url,
            EngineUse::Search => self.engines.search = url,
            EngineUse::Cache => self.engines.cache = url,
        }
        Ok(self)
    }

    pub(super) fn searched(&self, stores: &Stores) -> Result<Vec<Arc<dyn ReadModels>>, Failure> {
        let Some(engine) = &stores.search else {
            if self.searched.is_empty() {
                return Ok(Vec::new());
            }
            let text = "this set-up has no engine that searches, but documents to be searched are registered";
            return Err(Failure::plain(FailureKind::Invalid, text));
        };
        Ok(self.searched.iter().map(|projection| in_engine(engine, projection, &self.clock)).collect())
    }
}

/// The engine of documents that a URL names.
async fn documents(url: &EngineUrl, used: EngineUse) -> Result<Arc<dyn DocumentEngine>, Failure> {
    let opened = match url {
        EngineUrl::Sql(StoreUrl::Memory) => in_memory(),
        EngineUrl::Tantivy(folder) => tantivy(folder),
        EngineUrl::Redis(server) => redis(server),
        EngineUrl::Elasticsearch(_) | EngineUrl::Opensearch(_) => elasticsearch(url),
        EngineUrl::Mongodb(server) => mongodb(server).await,
        EngineUrl::Sql(_) => Err(not_built(url)),
    };
    opened.map_err(|failure| opening(url, used, failure))
}

/// The cache that a URL names.
fn cache(url: &EngineUrl) -> Result<Arc<dyn ViewCache>, Failure> {
    let opened = match url {
        EngineUrl::Redis(server) => redis_cache(server),
        EngineUrl::Sql(_)
        | EngineUrl::Tantivy(_)
        | EngineUrl::Mongodb(_)
        | EngineUrl::Elasticsearch(_)
        | EngineUrl::Opensearch(_) => Err(not_built(url)),
    };
    opened.map_err(|failure| opening(url, EngineUse::Cache, failure))
}

fn opening(url: &EngineUrl, used: EngineUse, failure: Failure) -> Failure {
    Failure::new(failure.kind(), format!("opening {url} for {}", used.setting()), failure)
}

fn not_built(url: &EngineUrl) -> Failure {
    let scheme = url.to_string();
    let scheme = scheme.split([':', '+']).next().unwrap_or_default().to_owned();
    Failure::plain(FailureKind::Invalid, format!("this program was built without the feature `{scheme}`"))
}

/// Search that lasts as long as the process.
#[cfg(feature = "tantivy")]
pub(super) fn in_memory() -> Result<Arc<dyn DocumentEngine>, Failure> {
    Ok(Arc::new(diptych_tantivy::TantivyFolder::temporary()?))
}

/// Search that lasts as long as the process, by looking at every document.
#[cfg(not(feature = "tantivy"))]
#[allow(clippy::unnecessary_wraps, reason = "as its twin")]
pub(super) fn in_memory() -> Result<Arc<dyn DocumentEngine>, Failure> {
    Ok(Arc::new(crate::memory::MemoryDocuments::new()))
}

#[cfg(feature = "tantivy")]
fn tantivy(folder: &std::path::Path) -> Result<Arc<dyn DocumentEngine>, Failure> {
    Ok(Arc::new(diptych_tantivy::TantivyFolder::at(folder)))
}

#[cfg(not(feature = "tantivy"))]
fn tantivy(folder: &std::path::Path) -> Result<Arc<dyn DocumentEngine>, Failure> {
    Err(not_built(&EngineUrl::Tantivy(folder.to_owned())))
}

#[cfg(feature = "mongodb")]
async fn mongodb(url: &ServerUrl) -> Result<Arc<dyn DocumentEngine>, Failure> {
    Ok(Arc::new(diptych_mongodb::MongoEngine::open(url.with_password()).await?))
}

#[cfg(not(feature = "mongodb"))]
#[allow(clippy::unused_async, reason = "as its twin")]
async fn mongodb(url: &ServerUrl) -> Result<Arc<dyn DocumentEngine>, Failure> {
    Err(not_built(&EngineUrl::Mongodb(url.clone())))
}

#[cfg(feature = "redis")]
fn redis(server: &ServerUrl) -> Result<Arc<dyn DocumentEngine>, Failure> {
    let opened = server.with_password().parse().and_then(diptych_redis::RedisEngine::open);
    Ok(Arc::new(opened.map_err(no_redis)?))
}

#[cfg(feature = "redis")]
fn redis_cache(server: &ServerUrl) -> Result<Arc<dyn ViewCache>, Failure> {
    let opened = server.with_password().parse().and_then(diptych_redis::RedisCache::open);
    Ok(Arc::new(opened.map_err(no_redis)?))
}

#[cfg(feature = "redis")]
fn no_redis(error: diptych_redis::RedisUrlError) -> Failure {
    Failure::new(FailureKind::Invalid, "it is no URL of a Redis", error)
}

#[cfg(not(feature = "redis"))]
fn redis(server: &ServerUrl) -> Result<Arc<dyn DocumentEngine>, Failure> {
    Err(not_built(&EngineUrl::Redis(server.clone())))
}

#[cfg(not(feature = "redis"))]
fn redis_cache(server: &ServerUrl) -> Result<Arc<dyn ViewCache>, Failure> {
    Err(not_built(&EngineUrl::Redis(server.clone())))
}

/// Both are spoken to by one adapter.
#[cfg(feature = "elasticsearch")]
fn elasticsearch(url: &EngineUrl) -> Result<Arc<dyn DocumentEngine>, Failure> {
    let (EngineUrl::Elasticsearch(server) | EngineUrl::Opensearch(server)) = url else {
        return Err(not_built(url));
    };
    let options = diptych_elasticsearch::ElasticsearchOptions::default();
    let opened = diptych_elasticsearch::ElasticsearchEngine::open(server.with_password(), options);
    Ok(Arc::new(
        opened
            .map_err(|error| Failure::new(FailureKind::Invalid, "it is no URL of a search engine", error))?,
    ))
}

#[cfg(not(feature = "elasticsearch"))]
fn elasticsearch(_: &EngineUrl) -> Result<Arc<dyn DocumentEngine>, Failure> {
    let text = "this program was built without the feature `elasticsearch`";
    Err(Failure::plain(FailureKind::Invalid, text))
}

/// Search in the store's folder.
///
/// # Errors
/// [`Failure`] where there is no room for it.
pub(super) fn beside(folder: &std::path::Path) -> Result<Arc<dyn DocumentEngine>, Failure> {
    if cfg!(feature = "tantivy") { tantivy(&folder.join("search")) } else { in_memory() }
}
