//! The innermost service: finds the handler by the query's type and opens the read models that it declares.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::Arc,
    task::{Context, Poll},
};

use async_trait::async_trait;
use diptych_core::{
    BoxError, Position, Query, QueryHandler, Reader,
    cache::{CacheKey, EntryQuery},
    sql::{Opener, Source},
};
use futures::future::BoxFuture;
use serde_json::Value;
use tower::Service;

use super::{QueryError, QueryRequest, RawAnswer, cache::Cache};
use crate::{projections::Supervisor, vault::Vault, watermark::Watermarks};

/// Answers queries of one type, whose type is not known here.
#[async_trait]
pub(crate) trait Answering: Send + Sync {
    fn name(&self) -> &'static str;
    fn reads(&self) -> Vec<&'static str>;
    async fn answer(&self, request: &QueryRequest, db: &Reader) -> Result<RawAnswer, QueryError>;

    /// As what answers from single entries, so that a cache can stand before it.
    fn entries(&self) -> Option<&dyn Entries> {
        None
    }
}

/// Answers queries of one type from single entries of a view.
#[async_trait]
pub(crate) trait Entries: Send + Sync {
    fn view(&self) -> &'static str;
    fn id(&self, request: &QueryRequest) -> Result<String, QueryError>;
    async fn entry(&self, id: &str, db: &Reader) -> Result<Option<Value>, QueryError>;
    async fn made_of(
        &self,
        entry: Option<Value>,
        position: Position,
        db: &Reader,
    ) -> Result<RawAnswer, QueryError>;
}

struct Typed<Q, H>(H, std::marker::PhantomData<fn(Q)>);

#[async_trait]
impl<Q: Query, H: QueryHandler<Q>> Answering for Typed<Q, H> {
    fn name(&self) -> &'static str {
        Q::NAME
    }

    fn reads(&self) -> Vec<&'static str> {
        self.0.reads()
    }

    async fn answer(&self, request: &QueryRequest, db: &Reader) -> Result<RawAnswer, QueryError> {
        let answer = self.0.answer(query_of::<Q>(request)?, db).await;
        let value = answer.map_err(|source| QueryError::Handler { name: Q::NAME, source })?;
        Ok(RawAnswer { value: Box::new(value), position: db.position() })
    }
}

fn query_of<Q: Query>(request: &QueryRequest) -> Result<&Q, QueryError> {
    let unregistered = || QueryError::Unregistered { name: Q::NAME, registered: String::new() };
    request.query::<Q>().ok_or_else(unregistered)
}

struct OfEntries<Q, H>(Arc<H>, std::marker::PhantomData<fn(Q)>);

#[async_trait]
impl<Q: Query, H: EntryQuery<Q>> Answering for OfEntries<Q, H> {
    fn name(&self) -> &'static str {
        Q::NAME
    }

    fn reads(&self) -> Vec<&'static str> {
        vec![self.0.view()]
    }

    async fn answer(&self, request: &QueryRequest, db: &Reader) -> Result<RawAnswer, QueryError> {
        let entry = self.entry(&self.id(request)?, db).await?;
        self.made_of(entry, db.position(), db).await
    }

    fn entries(&self) -> Option<&dyn Entries> {
        Some(self)
    }
}

#[async_trait]
impl<Q: Query, H: EntryQuery<Q>> Entries for OfEntries<Q, H> {
    fn view(&self) -> &'static str {
        self.0.view()
    }

    fn id(&self, request: &QueryRequest) -> Result<String, QueryError> {
        Ok(self.0.id(query_of::<Q>(request)?))
    }

    async fn entry(&self, id: &str, db: &Reader) -> Result<Option<Value>, QueryError> {
        let entry = self.0.entry(id, db).await;
        entry.map_err(|source| QueryError::Handler { name: Q::NAME, source })
    }

    async fn made_of(
        &self,
        entry: Option<Value>,
        position: Position,
        db: &Reader,
    ) -> Result<RawAnswer, QueryError> {
        let answer = self.0.answer(entry, db).await;
        let value = answer.map_err(|source| QueryError::Handler { name: Q::NAME, source })?;
        Ok(RawAnswer { value: Box::new(value), position })
    }
}

/// What is registered: one handler per type of query.
#[derive(Clone, Default)]
pub(crate) struct Handlers(HashMap<TypeId, Arc<dyn Answering>>);

impl Handlers {
    /// Registers a handler; answers whether its type was new.
    pub(crate) fn register<Q: Query>(&mut self, handler: impl QueryHandler<Q>) -> bool {
        let typed = Typed(handler, std::marker::PhantomData);
        self.0.insert(TypeId::of::<Q>(), Arc::new(typed)).is_none()
    }

    /// Registers one that answers from single entries; answers whether its type was new.
    pub(crate) fn register_entries<Q: Query>(&mut self, handler: Arc<impl EntryQuery<Q>>) -> bool {
        let typed = OfEntries(handler, std::marker::PhantomData);
        self.0.insert(TypeId::of::<Q>(), Arc::new(typed)).is_none()
    }

    pub(crate) fn get(&self, type_id: TypeId) -> Option<&Arc<dyn Answering>> {
        self.0.get(&type_id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<dyn Answering>> {
        self.0.values()
    }

    fn names(&self) -> String {
        let mut names: Vec<_> = self.0.values().map(|handler| handler.name()).collect();
        names.sort_unstable();
        names.join(", ")
    }
}

/// Dispatches by type.
#[derive(Clone)]
pub(crate) struct Dispatch(pub(crate) Arc<Parts>);

/// What a dispatch needs.
pub(crate) struct Parts {
    pub(crate) handlers: Arc<Handlers>,
    pub(crate) projections: Arc<HashMap<String, Arc<Supervisor>>>,
    pub(crate) watermarks: Arc<Watermarks>,
    pub(crate) vault: Arc<Vault>,
    /// What is asked before the read models; none where no cache was chosen.
    pub(crate) cache: Option<Cache>,
    /// Held while several read models are opened. Of those who hold some of an engine's connections and want more of them
    /// there is one at a time, so they never wait for each other.
    pub(crate) gathering: tokio::sync::Mutex<()>,
}

impl Parts {
    async fn answer(&self, request: &QueryRequest) -> Result<RawAnswer, QueryError> {
        let Some(handler) = self.handlers.get(request.type_id()) else {
            return Err(QueryError::Unregistered { name: request.name(), registered: self.handlers.names() });
        };
        match (&self.cache, handler.entries()) {
            (Some(cache), Some(entries)) => self.answer_of_entry(request, entries, cache).await,
            _ => handler.answer(request, &self.open(handler.reads()).await?).await,
        }
    }

    /// Asks the cache, then the read model, and lets the cache keep what was found there.
    async fn answer_of_entry(
        &self,
        request: &QueryRequest,
        entries: &dyn Entries,
        cache: &Cache,
    ) -> Result<RawAnswer, QueryError> {
        let (view, id) = (entries.view(), entries.id(request)?);
        let generation = || self.projections.get(view).and_then(|projection| projection.reads());
        let key =
            generation().map(|generation| CacheKey { view: view.to_owned(), generation, id: id.clone() });
        if let Some(key) = &key
            && let Some((entry, position)) = cache.find(key, request.options.at).await
        {
            let apart = Reader::new(Vec::new(), self.opener());
            match entries.made_of(Some(entry), position, &apart).await {
                Ok(answer) => return Ok(answer),
                // Perhaps another release kept it; what the read model has is what counts.
                Err(error) => {
                    tracing::debug!(view, error = %error, "an entry of the cache is not understood")
                }
            }
        }
        let db = self.open(vec![view]).await?;
        let entry = entries.entry(&id, &db).await?;
        // Of the generation that it was read from, unless another one went live meanwhile.
        if let (Some(key), Some(entry)) = (key.filter(|key| generation() == Some(key.generation)), &entry) {
            cache.keep(&key, entry.clone(), db.position()).await;
        }
        entries.made_of(entry, db.position(), &db).await
    }

    /// Opens these read models, each of one moment.
    async fn open(&self, reads: Vec<&'static str>) -> Result<Reader, QueryError> {
        let mut sources = Vec::new();
        let alone = if reads.len() > 1 { Some(self.gathering.lock().await) } else { None };
        for name in reads {
            let Some(projection) = self.projections.get(name) else { continue };
            // Taken before the rows are opened: the rows hold at least this much.
            let considered = self.watermarks.of(name);
            let handle = projection.reader().await?;
            let position = considered.max(handle.position());
            sources.push(Source { name, position, handle });
        }
        drop(alone);
        Ok(Reader::new(sources, self.opener()))
    }

    fn opener(&self) -> Arc<dyn Opener> {
        self.vault.clone()
    }
}

impl Service<QueryRequest> for Dispatch {
    type Response = RawAnswer;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<RawAnswer, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: QueryRequest) -> Self::Future {
        let parts = Arc::clone(&self.0);
        Box::pin(async move { parts.answer(&request).await.map_err(Into::into) })
    }
}
