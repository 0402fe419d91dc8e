//! The whole document.

use serde_json::{Map, Value, json};

use super::{answers, operation, schemas::Schemas};
use crate::routes::Documented;

/// What is the same for every application.
const OWN: &str = include_str!("own.json");

/// The document of these routes and our own. Where a token is set, the operator's calls ask for it.
pub(super) fn of(title: &str, routes: &[Documented], has_token: bool) -> Value {
    // Held by a test: it is JSON.
    let mut document: Value = serde_json::from_str(OWN).unwrap_or_default();
    document["info"]["title"] = Value::from(title);
    document["info"]["version"] = Value::from(env!("CARGO_PKG_VERSION"));
    let mut schemas = Schemas::of(take(&mut document["components"]["schemas"]));
    let mut paths = take(&mut document["paths"]);
    for route in routes {
        let operation = operation::of(route, &mut schemas);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_ascii_lowercase()] = operation;
    }
    if has_token {
        let admin = paths.iter_mut().filter(|(path, _)| path.starts_with("/api/admin/"));
        let operations = admin.filter_map(|(_, path)| path.as_object_mut()).flat_map(Map::values_mut);
        for operation in operations {
            operation["security"] = json!([{ "operator": [] }]);
        }
    }
    let mut responses = take(&mut document["components"]["responses"]);
    responses.extend(answers::problems());
    document["paths"] = Value::Object(paths);
    document["components"]["responses"] = Value::Object(responses);
    document["components"]["schemas"] = Value::Object(schemas.into_inner());
    document
}

fn take(value: &mut Value) -> Map<String, Value> {
    match value.take() {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}
