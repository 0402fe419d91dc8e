//! What one runner tells of itself while it runs and after it has stopped.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use diptych_core::{Position, Timestamp};

use super::status::LastError;

/// Over how long the rate is measured.
const WINDOW: Duration = Duration::from_secs(10);

/// Shared between a runner and those who ask after it.
#[derive(Debug, Default)]
pub(crate) struct Progress(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    position: Position,
    batches: VecDeque<(Instant, usize)>,
    error: Option<LastError>,
    failed: bool,
    fenced: bool,
    skipped: u64,
    /// An event that an operator said to leave out.
    skip: Option<Position>,
}

impl Progress {
    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn at(&self, position: Position) -> Self {
        Self(Mutex::new(Inner { position, ..Inner::default() }))
    }

    /// A batch was committed, or a stretch without wanted events considered.
    pub(crate) fn advanced(&self, to: Position, events: usize) {
        self.with(|inner| {
            inner.position = inner.position.max(to);
            if events > 0 {
                inner.batches.push_back((Instant::now(), events));
                inner.error = None;
            }
            inner.forget_old();
        });
    }

    pub(crate) fn stands_at(&self, position: Position) {
        self.with(|inner| inner.position = position);
    }

    pub(crate) fn erred(&self, error: LastError) {
        self.with(|inner| inner.error = Some(error));
    }

    pub(crate) fn recovered(&self) {
        self.with(|inner| inner.error = None);
    }

    pub(crate) fn failed(&self, failed: bool) {
        self.with(|inner| inner.failed = failed);
    }

    pub(crate) fn fenced(&self, fenced: bool) {
        self.with(|inner| inner.fenced = fenced);
    }

    pub(crate) fn was_fenced(&self) -> bool {
        self.with(|inner| inner.fenced)
    }

    pub(crate) fn skipped_one(&self) {
        self.with(|inner| inner.skipped += 1);
    }

    /// Says to leave out the event that it failed on; false if it did not fail on an event.
    pub(crate) fn skip_failed(&self) -> bool {
        self.with(|inner| {
            inner.skip = inner.error.as_ref().and_then(|error| error.position);
            inner.skip.is_some()
        })
    }

    pub(crate) fn is_to_skip(&self, position: Position) -> bool {
        self.with(|inner| inner.skip == Some(position))
    }

    pub(crate) fn position(&self) -> Position {
        self.with(|inner| inner.position)
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.with(|inner| inner.failed)
    }

    pub(crate) fn error(&self) -> Option<LastError> {
        self.with(|inner| inner.error.clone())
    }

    pub(crate) fn skipped(&self) -> u64 {
        self.with(|inner| inner.skipped)
    }

    /// Events per second over the last ten seconds.
    pub(crate) fn rate(&self) -> f64 {
        self.with(|inner| {
            inner.forget_old();
            let events: usize = inner.batches.iter().map(|(_, events)| events).sum();
            f64::from(u32::try_from(events).unwrap_or(u32::MAX)) / WINDOW.as_secs_f64()
        })
    }
}

impl Inner {
    fn forget_old(&mut self) {
        while self.batches.front().is_some_and(|(at, _)| at.elapsed() > WINDOW) {
            self.batches.pop_front();
        }
    }
}

impl LastError {
    pub(crate) fn new(
        error: &(dyn std::error::Error + 'static),
        position: Option<Position>,
        attempts: u32,
        at: Timestamp,
    ) -> Self {
        let mut message = error.to_string();
        let mut next = error.source();
        while let Some(cause) = next {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            next = cause.source();
        }
        Self { message, position, attempts, at }
    }
}
