//! What one runner tells of itself while it runs and after it has stopped.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use diptych_core::{
    Position, StreamId, Timestamp,
    model::{Later, ParkedEvent},
};

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
    lost: bool,
    skipped: u64,
    /// An event that an operator said what to do with.
    order: Option<(Position, Order)>,
    /// What is parked, in the order of positions.
    parked: Vec<ParkedEvent>,
}

/// What an operator said to do with the event that a projection failed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Leave it out.
    Skip,
    /// Put it aside.
    Park(Later),
}

impl Progress {
    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn of(position: Position, parked: Vec<ParkedEvent>) -> Self {
        Self(Mutex::new(Inner { position, parked, ..Inner::default() }))
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

    /// The same event's error goes on since it first was one.
    pub(crate) fn erred(&self, mut error: LastError) {
        self.with(|inner| {
            let before = inner.error.take().filter(|before| before.position == error.position);
            error.since = before.map_or(error.since, |before| before.since);
            inner.error = Some(error);
        });
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

    pub(crate) fn lost(&self, lost: bool) {
        self.with(|inner| inner.lost = lost);
    }

    pub(crate) fn was_lost(&self) -> bool {
        self.with(|inner| inner.lost)
    }

    pub(crate) fn skipped_one(&self) {
        self.with(|inner| inner.skipped += 1);
    }

    /// Says what to do with the event that it failed on; false if it did not fail on an event.
    pub(crate) fn order(&self, order: Order) -> bool {
        self.with(|inner| {
            inner.order = inner.error.as_ref().and_then(|error| error.position).map(|at| (at, order));
            inner.order.is_some()
        })
    }

    /// What an operator said to do with the event there.
    pub(crate) fn ordered(&self, position: Position) -> Option<Order> {
        self.with(|inner| inner.order.filter(|(at, _)| *at == position).map(|(_, order)| order))
    }

    /// What is parked.
    pub(crate) fn parked(&self) -> Vec<ParkedEvent> {
        self.with(|inner| inner.parked.clone())
    }

    /// What is parked, as the engine has it.
    pub(crate) fn knows_parked(&self, parked: Vec<ParkedEvent>) {
        self.with(|inner| inner.parked = parked);
    }

    /// These were parked too.
    pub(crate) fn also_parked(&self, events: &[ParkedEvent]) {
        self.with(|inner| {
            inner.parked.retain(|known| events.iter().all(|event| event.position != known.position));
            inner.parked.extend_from_slice(events);
            inner.parked.sort_by_key(|event| event.position);
        });
    }

    /// The streams whose later events wait, each with the first event that they wait behind.
    pub(crate) fn held(&self) -> HashMap<StreamId, Position> {
        self.with(|inner| {
            let mut held = HashMap::new();
            for event in inner.parked.iter().filter(|event| event.later == Later::Wait) {
                held.entry(event.stream.clone()).or_insert(event.position);
            }
            held
        })
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
        Self { message, position, attempts, at, since: at }
    }
}
