//! Where an event stands: in the whole store ([`Position`]) and in its own stream ([`Revision`]).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Place of an event in the whole store.
///
/// 1-based and increasing in commit order. Gaps are allowed, so never compute "the next one" by adding 1.
/// Zero is "before the first event".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(u64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);
    /// Later than every event that can be stored: the largest number that a signed 64-bit column holds.
    pub const END: Self = Self(i64::MAX.unsigned_abs());

    /// The place with this number; 0 is [`Position::START`].
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number; 0 before the first event.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// As a database's signed integer. Numbers beyond [`Position::END`] become it.
    #[must_use]
    pub fn to_i64(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// From a database's signed integer. Negative numbers become [`Position::START`].
    #[must_use]
    pub fn from_i64(number: i64) -> Self {
        Self(u64::try_from(number).unwrap_or(0))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Place of an event in its stream: 0-based and without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(u64);

impl Revision {
    /// The first event of a stream.
    pub const FIRST: Self = Self(0);

    /// The place with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number, counted from 0.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The place after this one. Streams have no gaps, so this is always right.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// As a database's signed integer.
    #[must_use]
    pub fn to_i64(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// From a database's signed integer. Negative numbers become [`Revision::FIRST`].
    #[must_use]
    pub fn from_i64(number: i64) -> Self {
        Self(u64::try_from(number).unwrap_or(0))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
