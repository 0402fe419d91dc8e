//! What a client is told: text frames of JSON.

use axum::extract::ws::Message;
use diptych::Position;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::feed::Change;

/// `{ "type": "OrderViewUpdated", "correlationId": …, "orderId": …, "position": 42 }`
struct Updated<'a>(&'a Change);

impl Serialize for Updated<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Change { thing, id, position, correlation_id, .. } = self.0;
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("type", thing.updated())?;
        map.serialize_entry("correlationId", correlation_id)?;
        map.serialize_entry(thing.member(), id)?;
        map.serialize_entry("position", position)?;
        map.end()
    }
}

#[derive(Serialize)]
struct Subscribed {
    r#type: &'static str,
    position: Position,
}

pub(super) fn updated(change: &Change) -> Message {
    text(&Updated(change))
}

/// From this position on every change that was asked for is told.
pub(super) fn subscribed(position: Position) -> Message {
    text(&Subscribed { r#type: "Subscribed", position })
}

/// Words and numbers: always JSON.
fn text(frame: &impl Serialize) -> Message {
    Message::text(serde_json::to_string(frame).unwrap_or_default())
}
