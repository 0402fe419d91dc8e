//! Wait-for-position: a query asked with the position of a receipt answers only from rows that have come so far.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use diptych_core::BoxError;
use futures::future::BoxFuture;
use tower::{Layer, Service, ServiceExt};

use super::{QueryError, QueryRequest, RawAnswer, dispatch::Handlers};
use crate::{meters::Meters, watermark::Watermarks};

/// Holds a query until the projections that it declares have come so far.
#[derive(Clone)]
pub(crate) struct WaitForPosition {
    pub(crate) handlers: Arc<Handlers>,
    pub(crate) watermarks: Arc<Watermarks>,
    pub(crate) meters: Meters,
}

impl WaitForPosition {
    async fn reached(&self, request: &QueryRequest) -> Result<(), QueryError> {
        let Some(position) = request.options.at else { return Ok(()) };
        let reads = self.handlers.get(request.type_id()).map(|handler| handler.reads()).unwrap_or_default();
        let Some(wait) = request.options.wait else {
            return Ok(self.watermarks.check(&reads, position)?);
        };
        let begun = Instant::now();
        let waited = self.watermarks.wait(&reads, position, wait).await;
        self.meters.wait(if waited.is_ok() { "reached" } else { "timeout" }, begun.elapsed());
        Ok(waited?)
    }
}

impl<S> Layer<S> for WaitForPosition {
    type Service = Waiting<S>;

    fn layer(&self, inner: S) -> Waiting<S> {
        Waiting { inner, wait: self.clone() }
    }
}

/// What [`WaitForPosition`] makes of a service.
#[derive(Clone)]
pub(crate) struct Waiting<S> {
    inner: S,
    wait: WaitForPosition,
}

impl<S> Service<QueryRequest> for Waiting<S>
where
    S: Service<QueryRequest, Response = RawAnswer, Error = BoxError> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = RawAnswer;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<RawAnswer, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: QueryRequest) -> Self::Future {
        let fresh = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, fresh);
        let wait = self.wait.clone();
        Box::pin(async move {
            wait.reached(&request).await?;
            inner.oneshot(request).await
        })
    }
}
