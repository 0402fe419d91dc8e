//! The request rate: off unless set; over it, 429 with the seconds to wait.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter, clock::Clock, clock::DefaultClock};

use crate::Problem;

/// At most so many requests a second, all callers together; short bursts of a second's worth are taken.
#[derive(Clone)]
pub(crate) struct Rate(Arc<DefaultDirectRateLimiter>);

impl Rate {
    pub(crate) fn per_second(requests: NonZeroU32) -> Self {
        Self(Arc::new(RateLimiter::direct(Quota::per_second(requests))))
    }

    /// How long to wait, where it is too early.
    fn too_early(&self) -> Option<Duration> {
        self.0.check().err().map(|until| until.wait_time_from(DefaultClock::default().now()))
    }
}

/// The layer: `axum::middleware::from_fn_with_state(rate, rate::layer)`.
pub(crate) async fn layer(State(rate): State<Rate>, request: Request, next: Next) -> Response {
    match rate.too_early() {
        None => next.run(request).await,
        Some(wait) => {
            let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
            Problem::too_many_requests(seconds).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_request_within_a_rate_of_one_is_too_early() {
        let rate = Rate::per_second(NonZeroU32::MIN);
        assert_eq!(rate.too_early(), None);
        assert!(rate.too_early().is_some_and(|wait| wait <= Duration::from_secs(1)));
    }
}
