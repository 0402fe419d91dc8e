//! The outermost layer: a tracing span per query, and its outcome and time in the metrics.

use std::{
    task::{Context, Poll},
    time::Instant,
};

use diptych_core::BoxError;
use futures::future::BoxFuture;
use tower::{Layer, Service};
use tracing::Instrument;

use super::{QueryError, QueryRequest, RawAnswer};
use crate::meters::Meters;

/// Traces and counts every query.
#[derive(Clone)]
pub(crate) struct ObserveQueries(pub(crate) Meters);

impl<S> Layer<S> for ObserveQueries {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Observed<S> {
        Observed { inner, meters: self.0.clone() }
    }
}

/// What [`ObserveQueries`] makes of a service.
#[derive(Clone)]
pub(crate) struct Observed<S> {
    inner: S,
    meters: Meters,
}

impl<S> Service<QueryRequest> for Observed<S>
where
    S: Service<QueryRequest, Response = RawAnswer, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = RawAnswer;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<RawAnswer, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: QueryRequest) -> Self::Future {
        let name = request.name();
        let meters = self.meters.clone();
        let begun = Instant::now();
        let answer = self.inner.call(request);
        let observed = async move {
            let answer = answer.await;
            let outcome = match &answer {
                Ok(_) => "answered",
                Err(error) => error.downcast_ref().map_or("stopped", QueryError::outcome),
            };
            if outcome == "failed" || outcome == "stopped" {
                tracing::error!(query = name, outcome, "no answer");
            }
            meters.query(name, outcome, begun.elapsed());
            answer
        };
        Box::pin(observed.instrument(tracing::debug_span!("query", name)))
    }
}
