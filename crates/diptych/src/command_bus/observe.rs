//! The outermost layer: a tracing span per command, and its outcome and time in the metrics.
//!
//! The span is one of `debug`, since at `info` nothing is told of a command that goes well, and a span that nothing is told in
//! costs as much as it would with something; what is told of one that does not, names the command and its conversation itself.

use std::{
    task::{Context, Poll},
    time::Instant,
};

use diptych_core::{BoxError, CorrelationId, Receipt};
use futures::future::BoxFuture;
use tower::{Layer, Service};
use tracing::Instrument;

use super::{CommandError, CommandRequest};
use crate::meters::Meters;

/// Traces and counts every command.
#[derive(Clone)]
pub(crate) struct ObserveCommands(pub(crate) Meters);

impl<S> Layer<S> for ObserveCommands {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Observed<S> {
        Observed { inner, meters: self.0.clone() }
    }
}

/// What [`ObserveCommands`] makes of a service.
#[derive(Clone)]
pub(crate) struct Observed<S> {
    inner: S,
    meters: Meters,
}

impl<S> Service<CommandRequest> for Observed<S>
where
    S: Service<CommandRequest, Response = Receipt, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = Receipt;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Receipt, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: CommandRequest) -> Self::Future {
        let name = request.name();
        let correlation = request.stamp.correlation_id.clone();
        let span = tracing::debug_span!("command", name, %correlation);
        let meters = self.meters.clone();
        let begun = Instant::now();
        let answer = self.inner.call(request);
        Box::pin(
            async move {
                let answer = answer.await;
                meters.command(name, outcome(&answer, name, &correlation), begun.elapsed());
                answer
            }
            .instrument(span),
        )
    }
}

fn outcome(
    answer: &Result<Receipt, BoxError>,
    name: &'static str,
    correlation: &CorrelationId,
) -> &'static str {
    match answer {
        Ok(receipt) => {
            tracing::debug!(position = receipt.position.get(), "recorded");
            "recorded"
        }
        Err(error) => match error.downcast_ref::<CommandError>() {
            Some(CommandError::Failure(failure)) => {
                tracing::error!(command = name, %correlation, error = failure.chain(), "failed");
                "failed"
            }
            Some(error) => {
                tracing::debug!(outcome = error.outcome(), "refused");
                error.outcome()
            }
            None => {
                tracing::warn!(command = name, %correlation, %error, "stopped by a layer");
                "stopped"
            }
        },
    }
}
