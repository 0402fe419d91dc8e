//! Receipts: all that a command answers. Ids and places, never data.

use serde::{Deserialize, Serialize};

use crate::{
    metadata::CorrelationId,
    position::{Position, Revision},
    stream::StreamId,
};

/// The proof that a command was taken, and all that is needed to read its effect: give its position to any query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The thing that the command was addressed to.
    pub stream: StreamId,
    /// The place of that thing's last event in its stream; none where it has no events (a command that found
    /// everything already so, on a thing that keeps none).
    pub revision: Option<Revision>,
    /// The place of the last event that the command recorded, or up to where it looked if it found everything already so.
    pub position: Position,
    /// The conversation it belongs to.
    pub correlation_id: CorrelationId,
}

impl Receipt {
    /// The id of the thing.
    #[must_use]
    pub fn id(&self) -> &str {
        self.stream.id().as_str()
    }
}
