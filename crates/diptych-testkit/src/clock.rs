//! A clock that stands still until a test moves it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use diptych_core::{Clock, Timestamp};

/// A clock that a test sets. Clones are the same clock.
///
/// ```
/// use std::time::Duration;
/// use diptych_core::Clock;
/// use diptych_testkit::FakeClock;
///
/// let clock = FakeClock::at("2026-11-21T09:00:00Z");
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.now().to_string(), "2026-11-21T09:01:30.000000Z");
/// ```
#[derive(Clone, Debug)]
pub struct FakeClock(Arc<Mutex<Timestamp>>);

impl Default for FakeClock {
    /// Shows 2026-01-01T00:00:00Z.
    fn default() -> Self {
        Self::at("2026-01-01T00:00:00Z")
    }
}

impl FakeClock {
    /// A clock that shows this moment, in RFC 3339.
    ///
    /// # Panics
    /// Where the text is no moment.
    #[must_use]
    pub fn at(moment: &str) -> Self {
        let moment =
            Timestamp::parse(moment).unwrap_or_else(|error| panic!("{moment:?} is no moment: {error}"));
        Self(Arc::new(Mutex::new(moment)))
    }

    /// Shows this moment from now on, which may be an earlier one.
    pub fn set(&self, moment: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = moment;
    }

    /// Moves on by so much; answers the moment it shows then.
    pub fn advance(&self, by: Duration) -> Timestamp {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.plus(by);
        *now
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
