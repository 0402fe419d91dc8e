//! One route of an application as an operation.

use serde_json::{Value, json};

use super::{
    answers,
    schemas::{Schemas, Way},
};
use crate::routes::{Documented, Kind};

/// The operation of a route.
pub(super) fn of(route: &Documented, schemas: &mut Schemas) -> Value {
    let mut operation = json!({
        "operationId": id(route),
        "summary": route.summary,
        "tags": [tag(route.path)],
        "parameters": parameters(route, schemas),
        "responses": answers::of(route, schemas),
    });
    if let (Some(message), Some(members)) = (route.message, operation.as_object_mut()) {
        let kind = if route.kind == Kind::Command { "x-command" } else { "x-query" };
        members.insert(kind.to_owned(), Value::from(message));
    }
    if let (Some(body), Some(members)) = (&route.body, operation.as_object_mut()) {
        members.insert("requestBody".to_owned(), request_body(body, schemas));
    }
    operation
}

/// `post_api_orders_id_items`
fn id(route: &Documented) -> String {
    let words = route.path.split(['/', '{', '}']).filter(|word| !word.is_empty());
    let method = route.method.as_str().to_ascii_lowercase();
    std::iter::once(method.as_str()).chain(words).collect::<Vec<_>>().join("_")
}

/// What the path is about: `orders` of `/api/orders/{id}`.
fn tag(path: &str) -> &str {
    path.split('/').find(|word| !word.is_empty() && *word != "api").unwrap_or("other")
}

/// An empty body stands for `{}`, so one is only needed where a member is.
fn request_body(body: &schemars::Schema, schemas: &mut Schemas) -> Value {
    let required = body.get("required").and_then(Value::as_array).is_some_and(|names| !names.is_empty());
    let schema = schemas.adopt(body, Way::In);
    json!({ "required": required, "content": { "application/json": { "schema": schema } } })
}

fn parameters(route: &Documented, schemas: &mut Schemas) -> Vec<Value> {
    let of_kind: &[&str] = match route.kind {
        Kind::Command => &["X-Correlation-ID", "Idempotency-Key", "If-Match"],
        Kind::View => {
            &["correlation", "position", "wait", "timeoutMs", "X-Correlation-ID", "If-None-Match", "Prefer"]
        }
        Kind::List => &[
            "page",
            "limit",
            "after",
            "correlation",
            "position",
            "wait",
            "timeoutMs",
            "X-Correlation-ID",
            "Prefer",
        ],
        Kind::Value => &["correlation", "position", "wait", "timeoutMs", "X-Correlation-ID", "Prefer"],
        Kind::Status => &["correlation", "position", "X-Correlation-ID"],
        Kind::Stream => &["correlation", "position", "once", "X-Correlation-ID", "Last-Event-ID"],
    };
    let in_path = route.path.split('/').filter_map(|word| word.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": { "$ref": "#/components/schemas/Id" } })
    });
    let mut all: Vec<_> = in_path.collect();
    for own in &route.parameters {
        all.push(json!({
            "name": own.name,
            "in": "query",
            "description": own.description,
            "allowEmptyValue": true,
            "schema": schemas.adopt(&own.schema, Way::In),
        }));
    }
    all.extend(of_kind.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })));
    all
}
