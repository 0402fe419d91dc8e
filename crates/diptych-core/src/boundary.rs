//! The boundary: all that a decision has looked at, and the condition that nothing in it has changed since.
//!
//! Follows the specification of dynamic consistency boundaries (dcb.events); a single stream with an expected revision
//! is its common case.

use std::fmt;

use crate::{
    position::{Position, Revision},
    scope::Scope,
    stream::StreamId,
    tag::Tag,
};

/// All the scopes a decision has read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Boundary(pub Vec<Scope>);

impl Boundary {
    /// Whether an event is in it.
    #[must_use]
    pub fn holds(&self, stream: &StreamId, event_type: &str, tags: &[Tag]) -> bool {
        self.0.iter().any(|scope| scope.holds(stream, event_type, tags))
    }
}

impl From<Scope> for Boundary {
    fn from(scope: Scope) -> Self {
        Self(vec![scope])
    }
}

/// What a caller says about the present end of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// The stream has no events.
    NoStream,
    /// The stream has events, however many.
    Exists,
    /// The stream's last event has this revision.
    Revision(Revision),
}

impl Expected {
    /// Whether it holds of a stream whose last event has this revision.
    #[must_use]
    pub fn holds(self, last: Option<Revision>) -> bool {
        match self {
            Self::NoStream => last.is_none(),
            Self::Exists => last.is_some(),
            Self::Revision(revision) => last == Some(revision),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoStream => f.write_str("no stream"),
            Self::Exists => f.write_str("an existing stream"),
            Self::Revision(revision) => write!(f, "revision {revision}"),
        }
    }
}

/// What must hold at the moment of the append: nothing in the boundary after that position, and each stream named is
/// as expected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppendCondition {
    /// What the decision looked at; empty means nothing.
    pub boundary: Boundary,
    /// Up to where it looked: the lowest position of all its reads.
    pub after: Position,
    /// What the caller said about streams.
    pub expected: Vec<(StreamId, Expected)>,
}

impl AppendCondition {
    /// Nothing in the boundary after that position.
    #[must_use]
    pub fn nothing_in(boundary: impl Into<Boundary>, after: Position) -> Self {
        Self { boundary: boundary.into(), after, expected: Vec::new() }
    }

    /// The stream is as expected, whatever else happened.
    #[must_use]
    pub fn expect(stream: StreamId, expected: Expected) -> Self {
        Self { expected: vec![(stream, expected)], ..Self::default() }
    }
}

/// Someone was first. Nothing was recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// An event in the boundary came after the position that the decision was made on.
    #[error("decided on what stood at position {after}; at {found} an event in the boundary was recorded")]
    Boundary {
        /// Up to where the decision had looked.
        after: Position,
        /// The place of an event in the boundary after it; of which one, where there are several, is not said.
        found: Position,
    },
    /// A stream is not as the caller expected.
    #[error("expected {expected} of {stream}, found {}", Found(*.found))]
    Revision {
        /// The stream.
        stream: StreamId,
        /// What was expected of it.
        expected: Expected,
        /// Its last revision; none if it has no events.
        found: Option<Revision>,
    },
}

struct Found(Option<Revision>);

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(revision) => write!(f, "revision {revision}"),
            None => f.write_str("no events"),
        }
    }
}
