//! What happens when a projection cannot take an event.

use std::time::Duration;

use diptych_core::model::Later;

/// How often an event is tried again, and what then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorPolicy {
    /// How often an event is tried in all, at least once.
    pub attempts: u32,
    /// The pause after the first failure; each further one is twice as long, up to 10 s.
    pub first_pause: Duration,
    /// What then.
    pub on_failure: OnFailure,
}

/// What happens once an event has failed for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// The projection stops before the event and waits for an operator. Rows and checkpoint stay as they are.
    Stop,
    /// The event is left out, told in the log, and counted.
    Skip,
    /// The event is put aside with its error, to be tried again when an operator says so.
    Park(Later),
}

/// What happens at a start to a projection whose schema version went up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NewVersion {
    /// A generation of the new version is filled beside the live one and goes live by itself once it is not behind.
    #[default]
    Promote,
    /// It is filled beside the live one, and waits for an operator to promote it.
    Fill,
    /// Nothing, until an operator asks for a rebuild.
    Leave,
}

impl Default for ErrorPolicy {
    fn default() -> Self {
        Self { attempts: 4, first_pause: Duration::from_millis(50), on_failure: OnFailure::Stop }
    }
}

impl ErrorPolicy {
    /// The pause after the `failures`-th failure in a row, counted from 1.
    #[must_use]
    pub fn pause(&self, failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1).min(20));
        self.first_pause.saturating_mul(doubled).min(Duration::from_secs(10))
    }
}
