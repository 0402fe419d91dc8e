//! How moments stand in the schemas of views.

use schemars::{Schema, SchemaGenerator, json_schema};

/// The schema of a moment: a text in RFC 3339.
#[must_use]
pub fn date_time(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date-time" })
}

/// The schema of a day: a text such as `2026-11-21`.
#[must_use]
pub fn date(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date" })
}
