//! Conflict retry: when someone else was first, the command is decided again on what stands now.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use diptych_core::{BoxError, Conflict, Receipt};
use futures::future::BoxFuture;
use tower::{Layer, Service, ServiceExt};

use super::{CommandError, CommandRequest};
use crate::meters::Meters;

/// How often a command is decided before the caller is told that others are always first.
const ATTEMPTS: u32 = 24;
/// The longest pause between two attempts, in milliseconds.
const LONGEST_PAUSE: u64 = 40;

/// Decides again on a conflict within the boundary, with jittered back-off, at most 24 times. A stale expected revision
/// is the caller's to mend and is not tried again.
#[derive(Clone)]
pub(crate) struct RetryConflicts(pub(crate) Meters);

impl<S> Layer<S> for RetryConflicts {
    type Service = Retrying<S>;

    fn layer(&self, inner: S) -> Retrying<S> {
        Retrying { inner, meters: self.0.clone() }
    }
}

/// What [`RetryConflicts`] makes of a service.
#[derive(Clone)]
pub(crate) struct Retrying<S> {
    inner: S,
    meters: Meters,
}

impl<S> Service<CommandRequest> for Retrying<S>
where
    S: Service<CommandRequest, Response = Receipt, Error = BoxError> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Receipt;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Receipt, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: CommandRequest) -> Self::Future {
        let fresh = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, fresh);
        let meters = self.meters.clone();
        Box::pin(async move {
            for attempt in 1..=ATTEMPTS {
                let answer = inner.clone().oneshot(request.clone()).await;
                let Err(error) = answer else { return answer };
                if !was_overtaken(&error) {
                    return Err(error);
                }
                meters.conflict(request.name());
                if attempt == ATTEMPTS {
                    break;
                }
                meters.retry(request.name());
                request.overtaken = true;
                pause(attempt).await;
            }
            Err(CommandError::Contended { attempts: ATTEMPTS }.into())
        })
    }
}

fn was_overtaken(error: &BoxError) -> bool {
    matches!(error.downcast_ref(), Some(CommandError::Conflict(Conflict::Boundary { .. })))
}

/// Not at all after the first conflict, which mostly was a stale cache; then up to 1, 2, 4, … 40 ms, at random.
async fn pause(attempt: u32) {
    if attempt > 1 {
        let longest = 1_u64.checked_shl(attempt - 2).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
        let micros = rand::random_range(0..=longest * 1_000);
        tokio::time::sleep(Duration::from_micros(micros)).await;
    }
}
