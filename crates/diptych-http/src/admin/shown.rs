//! An event as an operator sees it: in its present form, with what is sealed left out.

use diptych::{
    Actor, CausationId, CorrelationId, Id, Position, RecordedEvent, Revision, Sealed, Tag, Timestamp,
    codec::{self, EventSchema, OldEvent},
};
use serde::Serialize;
use serde_json::{Value, json};

/// One event of the log.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownEvent {
    pub(super) position: Position,
    stream: ShownStream,
    revision: Revision,
    r#type: String,
    schema_version: u32,
    pub(super) event_id: String,
    correlation_id: CorrelationId,
    pub(super) causation_id: CausationId,
    recorded_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Actor>,
    tags: Vec<Tag>,
    data: Value,
    /// What it reads as, where an upcaster makes several events or none of it; `data` is then as it was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    reads_as: Option<Vec<Present>>,
    /// Why it cannot be read, where it cannot; `data` is then as it was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct ShownStream {
    category: String,
    id: Id,
}

/// The present form of an event.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Present {
    r#type: String,
    schema_version: u32,
    data: Value,
}

impl Present {
    fn of(event: OldEvent) -> Self {
        let mut data = Value::Object(event.data);
        hide_sealed(&mut data);
        Self { r#type: event.name, schema_version: event.version, data }
    }
}

impl ShownEvent {
    /// Shows an event; one that this program does not know is shown as it was stored, with the error.
    pub(super) fn of(event: &RecordedEvent, schemas: &[EventSchema]) -> Self {
        let (present, reads_as, error) = match codec::upcast_json(schemas, event) {
            Ok(events) => match <[OldEvent; 1]>::try_from(events) {
                Ok([event]) => (Present::of(event), None, None),
                Err(several) => {
                    (as_stored(event), Some(several.into_iter().map(Present::of).collect()), None)
                }
            },
            Err(error) => (as_stored(event), None, Some(chain(&error))),
        };
        let Present { r#type, schema_version, data } = present;
        let at = &event.metadata;
        Self {
            position: at.position,
            stream: ShownStream { category: at.stream.category().to_owned(), id: at.stream.id().clone() },
            revision: at.revision,
            r#type,
            schema_version,
            event_id: at.event_id.to_string(),
            correlation_id: at.correlation_id.clone(),
            causation_id: at.causation_id.clone(),
            recorded_at: at.recorded_at,
            actor: at.actor.clone(),
            tags: event.tags.clone(),
            data,
            reads_as,
            error,
        }
    }
}

fn as_stored(event: &RecordedEvent) -> Present {
    let mut data = serde_json::from_slice(&event.payload).unwrap_or(Value::Null);
    hide_sealed(&mut data);
    Present { r#type: event.event_type.to_string(), schema_version: event.schema_version, data }
}

/// Replaces every sealed value by `{ "sealed": true }`.
pub(super) fn hide_sealed(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(hide_sealed),
        Value::Object(members) => {
            let is_sealed = members.len() == 1
                && members
                    .get("sealed")
                    .and_then(Value::as_str)
                    .is_some_and(|text| Sealed::parse(text).is_ok());
            if is_sealed {
                *value = json!({ "sealed": true });
            } else {
                members.values_mut().for_each(hide_sealed);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// An error with its causes.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_values_are_hidden_wherever_they_stand() {
        let mut value = json!({
            "customer": { "sealed": "v1:USR-1:AAAA" },
            "lines": [{ "sealed": "v1:USR-1:BBBB" }, { "sealed": "of lead" }, { "sealed": true, "n": 1 }],
        });
        hide_sealed(&mut value);
        let expected = json!({
            "customer": { "sealed": true },
            "lines": [{ "sealed": true }, { "sealed": "of lead" }, { "sealed": true, "n": 1 }],
        });
        assert_eq!(value, expected);
    }
}
