//! A document as an engine keeps it, with the stamp that guards it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::position::Position;

/// What a document reflects, as one number: of two of the same document, the larger is newer.
///
/// It is the position of the last event that the document took in its order. Each event that it took late (which was parked, and
/// tried again) adds 2^43, so that such a write is newer than what was there, and than what a writer that is fenced off may still have in
/// its hands. Below 2^53 at all times: every engine's numbers hold it exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stamp(u64);

/// Positions are below this.
const LATE: u64 = 1 << 43;
/// So many events a document may take late.
const MAX_LATE: usize = 1 << 9;

impl Stamp {
    /// Of a document that took its last event in order at `position`, and so many late. None where these are more than a stamp
    /// has room for: the read model has to be filled anew.
    #[must_use]
    pub fn of(position: Position, late: usize) -> Option<Self> {
        let fits = position.get() < LATE && late < MAX_LATE;
        fits.then(|| Self(u64::try_from(late).unwrap_or(0) * LATE + position.get()))
    }

    /// From the number that an engine kept.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The number to be kept. Larger is newer; 0 is that of no document.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// As a signed integer, for engines that have no other.
    #[must_use]
    pub fn to_i64(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// The position of the last event that was taken in order.
    #[must_use]
    pub const fn position(self) -> Position {
        Position::new(self.0 % LATE)
    }
}

/// A document as an engine keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id: 1 to 512 bytes, any characters.
    pub id: String,
    /// What it reflects.
    pub stamp: Stamp,
    /// The positions of events that were taken late; mostly none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<Position>,
    /// A JSON object; none of one that was deleted, of which the rest stays.
    pub body: Option<Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_event_is_newer_and_one_taken_late_is_newer_than_any_position() {
        let stamp = |position, late| Stamp::of(Position::new(position), late).unwrap();
        assert!(stamp(9, 0) > stamp(8, 0));
        assert!(stamp(8, 1) > stamp(LATE - 1, 0));
        assert!(stamp(LATE - 1, MAX_LATE - 1).number() < 1 << 53);
        assert_eq!(stamp(8, 3).position(), Position::new(8));
        assert_eq!(stamp(8, 0).number(), 8);
    }

    #[test]
    fn what_does_not_fit_is_told() {
        assert_eq!(Stamp::of(Position::new(LATE), 0), None);
        assert_eq!(Stamp::of(Position::START, MAX_LATE), None);
    }
}
