//! Ids that count.

use std::sync::atomic::{AtomicU64, Ordering};

use diptych_core::id::IdSource;
use uuid::Uuid;

/// Draws ids of version 7 that count from 1, so that a test can name them beforehand.
///
/// ```
/// use diptych_core::id::IdSource;
/// use diptych_testkit::CountingIds;
///
/// let ids = CountingIds::default();
/// assert_eq!(ids.draw(), CountingIds::nth(1));
/// assert_eq!(ids.draw().to_string(), "00000000-0002-7000-8000-000000000002");
/// ```
#[derive(Debug, Default)]
pub struct CountingIds(AtomicU64);

impl CountingIds {
    /// The id that is drawn as the `n`-th, counted from 1.
    #[must_use]
    pub const fn nth(n: u64) -> Uuid {
        let [_, _, a, b, c, d, e, f] = n.to_be_bytes();
        // The count stands where the time of a real one stands too, so that they increase as real ones do.
        uuid::Builder::from_unix_timestamp_millis(n, &[0, 0, 0, 0, a, b, c, d, e, f]).into_uuid()
    }
}

impl IdSource for CountingIds {
    fn draw(&self) -> Uuid {
        Self::nth(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}
