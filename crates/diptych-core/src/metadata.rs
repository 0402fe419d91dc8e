//! What is known of every event beside its payload.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use crate::conversation::{CausationId, CorrelationId, id_at_end};
use crate::{
    position::{Position, Revision},
    stream::StreamId,
    time::Timestamp,
};

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
