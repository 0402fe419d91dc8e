//! A value that a schema would take, for a form that is to be filled in.

use serde_json::{Map, Value, json};

/// How far into a schema is looked; a schema may hold itself.
const DEEP: usize = 8;

/// An example of a schema in this document: what it gives as one, else the simplest value of its type, with the members
/// that are required.
pub(crate) fn example(document: &Value, schema: &Value) -> Value {
    at_depth(document, schema, 0)
}

fn at_depth(document: &Value, schema: &Value, depth: usize) -> Value {
    if depth > DEEP {
        return Value::Null;
    }
    if let Some(target) = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#')) {
        return at_depth(document, document.pointer(target).unwrap_or(&Value::Null), depth + 1);
    }
    let given = [&schema["const"], &schema["default"], &schema["examples"][0], &schema["enum"][0]];
    if let Some(given) = given.into_iter().find(|given| !given.is_null()) {
        return given.clone();
    }
    for several in ["allOf", "anyOf", "oneOf"] {
        if let Some(first) = schema[several].get(0) {
            return at_depth(document, first, depth + 1);
        }
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match kind {
        Some("object") => object(document, schema, depth),
        Some("array") => json!([at_depth(document, &schema["items"], depth + 1)]),
        Some("string") => json!(text(schema)),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("boolean") => json!(false),
        Some(_) | None => Value::Null,
    }
}

fn object(document: &Value, schema: &Value, depth: usize) -> Value {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let members =
        required.map(|name| (name.to_owned(), at_depth(document, &schema["properties"][name], depth + 1)));
    Value::Object(members.collect::<Map<_, _>>())
}

fn text(schema: &Value) -> &'static str {
    match schema["format"].as_str() {
        Some("date") => "2026-01-31",
        Some("date-time") => "2026-01-31T12:00:00Z",
        Some("email") => "ann@shop.example",
        Some(_) | None => "text",
    }
}
