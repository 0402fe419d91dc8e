//! The innermost service: finds the handler by the query's type and opens the read models that it declares.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::Arc,
    task::{Context, Poll},
};

use async_trait::async_trait;
use diptych_core::{BoxError, Query, QueryHandler, Reader, sql::Source};
use futures::future::BoxFuture;
use tower::Service;

use super::{QueryError, QueryRequest, RawAnswer};
use crate::{projections::Supervisor, vault::Vault, watermark::Watermarks};

/// Answers queries of one type, whose type is not known here.
#[async_trait]
pub(crate) trait Answering: Send + Sync {
    fn name(&self) -> &'static str;
    fn reads(&self) -> Vec<&'static str>;
    async fn answer(&self, request: &QueryRequest, db: &Reader) -> Result<RawAnswer, QueryError>;
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
        let unregistered = || QueryError::Unregistered { name: Q::NAME, registered: String::new() };
        let query = request.query::<Q>().ok_or_else(unregistered)?;
        let answer = self.0.answer(query, db).await;
        let value = answer.map_err(|source| QueryError::Handler { name: Q::NAME, source })?;
        Ok(RawAnswer { value: Box::new(value), position: db.position() })
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
    /// Held while several read models are opened. Of those who hold some of an engine's connections and want more of them
    /// there is one at a time, so they never wait for each other.
    pub(crate) gathering: tokio::sync::Mutex<()>,
}

impl Parts {
    async fn answer(&self, request: &QueryRequest) -> Result<RawAnswer, QueryError> {
        let Some(handler) = self.handlers.get(request.type_id()) else {
            return Err(QueryError::Unregistered { name: request.name(), registered: self.handlers.names() });
        };
        let (reads, mut sources) = (handler.reads(), Vec::new());
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
        let opener: Arc<dyn diptych_core::sql::Opener> = self.vault.clone();
        handler.answer(request, &Reader::new(sources, opener)).await
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
