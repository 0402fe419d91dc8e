//! When a call is made again, and when it is given up.
//!
//! Delays double from `min_delay` up to `max_delay`, and of each a random part between nothing and all of it is
//! slept ("full jitter"), so that callers refused together do not come back together. The source of that choice:
//! "Exponential Backoff And Jitter" of the AWS Architecture Blog, 2015. A server's `Retry-After` comes on top.

use std::future::Future;
use std::time::Duration;

use backon::{Backoff, BackoffBuilder, ExponentialBuilder, Retryable};
use tokio::time::{Instant, timeout_at};

use crate::Error;

/// How often and how long a call is made again, when a retry may help.
///
/// ```
/// use diptych_client::RetryPolicy;
/// use std::time::Duration;
///
/// let patient = RetryPolicy::default().attempts(20).give_up_after(Duration::from_secs(300));
/// let impatient = RetryPolicy::never();
/// # let _ = (patient, impatient);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    min_delay: Duration,
    max_delay: Duration,
    attempts: usize,
    attempt_timeout: Duration,
    give_up_after: Duration,
}

impl Default for RetryPolicy {
    /// Six attempts of at most 10 s each, 100 ms to 5 s apart, 30 s in all.
    fn default() -> Self {
        Self {
            min_delay: Duration::from_millis(100),
            max_delay: Duration::from_secs(5),
            attempts: 6,
            attempt_timeout: Duration::from_secs(10),
            give_up_after: Duration::from_secs(30),
        }
    }
}

impl RetryPolicy {
    /// One attempt, as long as the default allows.
    pub fn never() -> Self {
        Self::default().attempts(1)
    }

    /// The most that is slept before the first retry.
    pub fn min_delay(self, min_delay: Duration) -> Self {
        Self { min_delay, ..self }
    }

    /// The most that is slept before any retry, what the server asks for aside.
    pub fn max_delay(self, max_delay: Duration) -> Self {
        Self { max_delay, ..self }
    }

    /// How often a call is made, the first time included; zero counts as one. Waiting knows only its deadline.
    pub fn attempts(self, attempts: usize) -> Self {
        Self { attempts: attempts.max(1), ..self }
    }

    /// How long one attempt may take. A request that waits at the server knows only its deadline.
    pub fn attempt_timeout(self, attempt_timeout: Duration) -> Self {
        Self { attempt_timeout, ..self }
    }

    /// How long a call may take in all, its retries included.
    pub fn give_up_after(self, give_up_after: Duration) -> Self {
        Self { give_up_after, ..self }
    }

    /// How long one attempt may take.
    pub(crate) fn per_attempt(&self) -> Duration {
        self.attempt_timeout
    }

    /// The most that is slept before any retry.
    pub(crate) fn longest_delay(&self) -> Duration {
        self.max_delay
    }

    /// When a call that begins now is given up.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.give_up_after
    }

    /// The delays between the attempts of one call.
    pub(crate) fn delays(&self) -> impl Backoff + use<> {
        self.ceilings().with_max_times(self.attempts - 1).build().map(jittered)
    }

    /// The delays of something that goes on until its deadline.
    pub(crate) fn endless_delays(&self) -> impl Backoff + use<> {
        self.ceilings().without_max_times().build().map(jittered)
    }

    fn ceilings(&self) -> ExponentialBuilder {
        ExponentialBuilder::new().with_min_delay(self.min_delay).with_max_delay(self.max_delay)
    }
}

/// A random part of the ceiling.
fn jittered(ceiling: Duration) -> Duration {
    ceiling.mul_f64(rand::random_range(0.0..=1.0))
}

/// Makes attempts until one succeeds, one fails for good, the delays end, or the next could not begin before the
/// deadline.
///
/// # Errors
///
/// That of the last attempt; [`Error::Timeout`] when an attempt was cut off by the deadline.
pub(crate) async fn until<T, F, A>(
    deadline: Instant,
    delays: impl Backoff,
    again: impl FnMut(&Error) -> bool,
    mut attempt: F,
) -> Result<T, Error>
where
    F: FnMut() -> A,
    A: Future<Output = Result<T, Error>>,
{
    let bounded = || {
        let attempt = timeout_at(deadline, attempt());
        async { attempt.await.unwrap_or_else(|_elapsed| Err(Error::out_of_time(None, None))) }
    };
    bounded.retry(delays).when(again).adjust(|error, delay| next_delay(error, delay, deadline)).await
}

/// The delay with what the server asked for on top, or none when that leads past the deadline.
fn next_delay(error: &Error, delay: Option<Duration>, deadline: Instant) -> Option<Duration> {
    let delay = delay? + error.retry_after().unwrap_or_default();
    (Instant::now() + delay < deadline).then_some(delay)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn each_delay_is_a_random_part_of_a_ceiling_that_doubles_up_to_a_bound() {
        let policy = RetryPolicy::default().min_delay(SECOND).max_delay(5 * SECOND).attempts(6);
        for _ in 0..100 {
            let delays: Vec<_> = policy.delays().collect();
            let ceilings = [1, 2, 4, 5, 5].map(Duration::from_secs);
            assert_eq!(delays.len(), ceilings.len());
            assert!(delays.iter().zip(ceilings).all(|(delay, ceiling)| *delay <= ceiling), "{delays:?}");
        }
        let first = || policy.delays().next();
        assert!((0..100).any(|_| first() < Some(SECOND / 2)), "full jitter goes below half of the ceiling");
    }

    #[test]
    fn never_means_no_second_attempt() {
        assert_eq!(RetryPolicy::never().delays().next(), None);
        assert_eq!(RetryPolicy::default().attempts(0).delays().next(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_server_asks_for_comes_on_top_of_the_delay() {
        let refused = Error::NotYet { retry_after: Some(3 * SECOND), correlation_id: None };
        let deadline = Instant::now() + 10 * SECOND;
        assert_eq!(next_delay(&refused, Some(SECOND), deadline), Some(4 * SECOND));
        assert_eq!(next_delay(&refused, None, deadline), None);
        assert_eq!(next_delay(&refused, Some(7 * SECOND), deadline), None, "it would be too late");
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_end_with_the_deadline_also_in_the_middle_of_one() {
        let begun = Instant::now();
        let never = || std::future::pending::<Result<(), Error>>();
        let ended = until(begun + SECOND, RetryPolicy::default().delays(), Error::is_transient, never).await;
        assert!(matches!(ended, Err(Error::Timeout { .. })));
        assert_eq!(begun.elapsed(), SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_for_good_is_not_tried_again() {
        let mut attempts = 0;
        let ended =
            until(Instant::now() + SECOND, RetryPolicy::default().delays(), Error::is_transient, || {
                attempts += 1;
                async { Err::<(), _>(Error::BadRequest { reason: "a path that is none".into() }) }
            });
        assert!(matches!(ended.await, Err(Error::BadRequest { .. })));
        assert_eq!(attempts, 1);
    }
}
