//! How one event is shown to people: in a row, or whole.

use serde_json::Value;

use crate::output::{cell, table};

/// How many characters of a payload a row shows.
const DATA: usize = 100;

/// Events as rows.
pub(super) fn rows(events: &[Value]) -> String {
    table(&["position", "time", "type", "stream", "revision", "data"], events.iter().map(row))
}

pub(super) fn row(event: &Value) -> [String; 6] {
    let data = event["data"].to_string();
    let short: String = data.chars().take(DATA).collect();
    let data = if short.len() < data.len() { format!("{short}…") } else { short };
    let [position, at, kind, revision] =
        ["position", "recordedAt", "type", "revision"].map(|name| cell(&event[name]));
    [position, at, kind, stream(event), revision, data]
}

/// `order/ORD-1`
pub(super) fn stream(event: &Value) -> String {
    format!("{}/{}", cell(&event["stream"]["category"]), cell(&event["stream"]["id"]))
}

/// All that is known of an event.
pub(super) fn whole(event: &Value) -> String {
    let members = event.as_object().into_iter().flatten();
    let plain = members.filter(|(name, _)| !["data", "stream"].contains(&name.as_str()));
    let rows = plain.map(|(name, value)| [name.clone(), cell(value)]);
    let rows = std::iter::once(["stream".to_owned(), stream(event)]).chain(rows);
    format!("{}\n\n{:#}", table(&["what", "value"], rows), event["data"])
}
