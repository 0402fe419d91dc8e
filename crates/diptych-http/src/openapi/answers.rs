//! The answers of each kind of route.

use serde_json::{Map, Value, json};

use super::schemas::{Schemas, Way};
use crate::{
    problem::MEDIA_TYPE,
    routes::{Documented, Kind},
};

/// Every refusal that there is, and what it means.
const PROBLEMS: [(u16, &str); 18] = [
    (400, "The request cannot be read."),
    (401, "A token is needed."),
    (403, "The caller, or the page that it is on, may not ask for this."),
    (404, "There is no such thing."),
    (405, "The path does not take this method."),
    (408, "Waited in vain; ask again."),
    (409, "The domain refuses, or the version in the body is stale."),
    (410, "It was erased."),
    (412, "The version in If-Match is stale."),
    (413, "The body is too large."),
    (415, "The body is encoded."),
    (422, "A field or a parameter is wrong."),
    (426, "This is a WebSocket."),
    (428, "The version must be given."),
    (429, "There are more requests than are taken."),
    (500, "A defect."),
    (503, "It cannot be taken now; nothing was recorded."),
    (504, "The outcome is not known; ask again with the same key."),
];

const OF_ALL: [u16; 7] = [400, 403, 404, 422, 429, 500, 503];
const OF_COMMANDS: [u16; 8] = [401, 409, 410, 412, 413, 415, 428, 504];
const OF_VIEWS: [u16; 2] = [408, 410];
const OF_READS: [u16; 1] = [408];

/// The refusals as components, named by their status.
pub(super) fn problems() -> Map<String, Value> {
    PROBLEMS.iter().map(|(status, text)| (status.to_string(), problem(*status, text))).collect()
}

fn problem(status: u16, text: &str) -> Value {
    let further: &[&str] = match status {
        401 => &["WWW-Authenticate"],
        408 | 429 | 503 => &["Retry-After"],
        _ => &[],
    };
    let schema = json!({
        "allOf": [{ "$ref": "#/components/schemas/Problem" }],
        "properties": { "status": { "const": status } },
    });
    json!({ "description": text, "headers": headers(further), "content": { MEDIA_TYPE: { "schema": schema } } })
}

/// Every answer that this route may give, by status.
pub(super) fn of(route: &Documented, schemas: &mut Schemas) -> Value {
    let mut answers = Map::new();
    let special: &[u16] = match route.kind {
        Kind::Command => &OF_COMMANDS,
        Kind::View => &OF_VIEWS,
        Kind::List | Kind::Value => &OF_READS,
        Kind::Status | Kind::Stream => &[],
    };
    for status in OF_ALL.iter().chain(special) {
        answers.insert(status.to_string(), component(&status.to_string()));
    }
    let answer = route.answer.as_ref().map(|schema| schemas.adopt(schema, Way::Out)).unwrap_or_default();
    let (status, success) = match route.kind {
        Kind::Command => ("202", json_answer("Taken.", &["Location"], receipt(route))),
        Kind::View => ("200", json_answer("The view.", &["ETag", "X-Position"], answer)),
        Kind::List => ("200", json_answer("A part of the list.", &["X-Position"], page(answer))),
        Kind::Value => ("200", json_answer("The value.", &["X-Position"], answer)),
        Kind::Status => ("200", json_answer("How far it has come.", &[], reference("EffectStatus"))),
        Kind::Stream => ("200", events()),
    };
    answers.insert(status.to_owned(), success);
    match route.kind {
        Kind::View => {
            answers.insert("202".to_owned(), component("NotYet"));
            answers.insert("304".to_owned(), component("304"));
        }
        Kind::List | Kind::Value => {
            answers.insert("202".to_owned(), component("NotYet"));
        }
        Kind::Stream => {
            answers.insert("204".to_owned(), component("204"));
        }
        Kind::Command | Kind::Status => {}
    }
    Value::Object(answers)
}

fn component(name: &str) -> Value {
    json!({ "$ref": format!("#/components/responses/{name}") })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn headers(further: &[&str]) -> Value {
    let named = |name: &&str| ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }));
    Value::Object(further.iter().chain(&["X-Correlation-ID"]).map(named).collect())
}

fn json_answer(text: &str, further: &[&str], schema: Value) -> Value {
    json!({
        "description": text,
        "headers": headers(further),
        "content": { "application/json": { "schema": schema } },
    })
}

fn events() -> Value {
    json!({
        "description": "The view after each change: unnamed events, their id is the position. After ten seconds without a first view: an event named timeout, and the end.",
        "headers": headers(&[]),
        "content": { "text/event-stream": { "schema": event() } },
    })
}

/// One event, for those who read them one by one; as a whole the answer is a text.
fn event() -> Value {
    json!({
        "properties": {
            "id": { "type": "string", "pattern": "^[0-9]+$" },
            "event": { "enum": ["message", "timeout"] },
            "data": { "type": "string", "contentMediaType": "application/json" },
        },
    })
}

fn receipt(route: &Documented) -> Value {
    let member = route.member.unwrap_or("id");
    json!({
        "type": "object",
        "required": [member, "correlationId", "revision", "position", "status", "links"],
        "properties": {
            member: reference("Id"),
            "correlationId": reference("Id"),
            "revision": { "type": ["integer", "null"], "minimum": 0 },
            "position": reference("Position"),
            "status": { "const": "PROCESSING" },
            "links": reference("Links"),
        },
        "additionalProperties": false,
    })
}

fn page(item: Value) -> Value {
    json!({
        "type": "object",
        "required": ["items", "page", "limit", "total", "links"],
        "properties": {
            "items": { "type": "array", "maxItems": 100, "items": item },
            "page": { "type": "integer", "minimum": 1 },
            "limit": { "type": "integer", "minimum": 1, "maximum": 100 },
            "total": { "type": "integer", "minimum": 0 },
            "links": reference("PageLinks"),
        },
        "additionalProperties": false,
    })
}
