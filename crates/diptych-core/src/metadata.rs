//! What is known of every event beside its payload.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    id::{Id, InvalidId},
    position::{Position, Revision},
    stream::StreamId,
    time::Timestamp,
};

/// The first message of the conversation: all that one request led to carries the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CorrelationId(Id);

impl CorrelationId {
    /// One that was given from outside; the characters are those of ids.
    ///
    /// # Errors
    /// [`InvalidId`] where the text breaks the rules of ids.
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidId> {
        Id::new(text).map(Self)
    }

    /// One that was checked when it was stored. For adapters, which read one with every event.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self(Id::stored(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl From<Uuid> for CorrelationId {
    fn from(id: Uuid) -> Self {
        Self(id.into())
    }
}

impl From<Uuid> for Id {
    /// A UUID has only characters of ids.
    fn from(id: Uuid) -> Self {
        Self::stored(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }
}

impl FromStr for CorrelationId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::new(text)
    }
}

impl fmt::Display for CorrelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The message that led directly here: a command's name and id, or the event that a handler reacted to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CausationId(pub Arc<str>);

impl fmt::Display for CausationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who asked for it, as the authenticating layer named them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Actor(pub Arc<str>);

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an event comes from: set in one place, when the command that decided it is stamped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// This event's own id, a UUIDv7.
    pub event_id: Uuid,
    /// The first message of the conversation.
    pub correlation_id: CorrelationId,
    /// The message that led directly here.
    pub causation_id: CausationId,
    /// When it was decided, in UTC microseconds.
    pub recorded_at: Timestamp,
    /// Who asked for it, if known.
    pub actor: Option<Actor>,
}

/// All that is known of a recorded event beside its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Place in the store.
    pub position: Position,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Place in that stream.
    pub revision: Revision,
    /// Where it comes from.
    pub provenance: Provenance,
}

impl std::ops::Deref for Metadata {
    type Target = Provenance;
    fn deref(&self) -> &Provenance {
        &self.provenance
    }
}
