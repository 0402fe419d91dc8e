//! A form from the JSON Schemas of an operation, and the request that a filled form stands for.
//!
//! Fields are named after where their values go: `path.id`, `query.page`, `header.If-Match`, `body.name`. What is not a plain
//! value is written as JSON. Nothing is checked here: what does not fit is sent as it is, and the API says what is wrong.

use http::{HeaderName, HeaderValue, Method};
use maud::{Markup, html};
use serde_json::{Map, Value};

use crate::{
    console::{
        api,
        figures::{encoded, text},
    },
    openapi::example,
};

/// A value that a form asks for.
struct Field<'a> {
    /// Where it goes, and its name there.
    name: String,
    label: &'a str,
    description: &'a str,
    schema: &'a Value,
    required: bool,
}

/// The fields of an operation, with the values that were sent before.
pub(super) fn form(document: &Value, facts: &Value, values: &[(String, String)]) -> Markup {
    let (own, shared): (Vec<_>, Vec<_>) =
        parameters(document, facts).into_iter().partition(|(_, is_shared)| !is_shared);
    let body = resolved(document, &facts["requestBody"]["content"]["application/json"]["schema"]);
    let members = members(document, body);
    html! {
        @for (field, _) in &own { (asked(document, field, values)) }
        @for field in &members { (asked(document, field, values)) }
        @if own.is_empty() && members.is_empty() { p class="quiet" { "It needs nothing." } }
        @if !shared.is_empty() {
            details class="more" { summary { "More" } @for (field, _) in &shared { (asked(document, field, values)) } }
        }
    }
}

/// Parameters, and whether each is one that many operations have.
fn parameters<'a>(document: &'a Value, facts: &'a Value) -> Vec<(Field<'a>, bool)> {
    let all = facts["parameters"].as_array().into_iter().flatten();
    all.map(|parameter| {
        let given = resolved(document, parameter);
        let field = Field {
            name: format!("{}.{}", text(given, "in"), text(given, "name")),
            label: text(given, "name"),
            description: text(given, "description"),
            schema: &given["schema"],
            required: given["required"] == Value::Bool(true),
        };
        (field, parameter["$ref"].is_string())
    })
    .collect()
}

fn members<'a>(document: &'a Value, body: &'a Value) -> Vec<Field<'a>> {
    let required = body["required"].as_array();
    let properties = body["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, schema)| Field {
            name: format!("body.{name}"),
            label: name,
            description: text(resolved(document, schema), "description"),
            schema,
            required: required.is_some_and(|names| names.iter().any(|known| known == name)),
        })
        .collect()
}

fn asked(document: &Value, field: &Field<'_>, values: &[(String, String)]) -> Markup {
    let schema = present(document, field.schema);
    let sent = values.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value.as_str());
    let id = field.name.replace('.', "-");
    let kind = kind(schema);
    html! {
        div class="field" {
            label for=(id) { (field.label) @if field.required { span class="need" title="needed" { " *" } } }
            @if let Some(choices) = choices(schema) {
                select id=(id) name=(field.name) {
                    @if !field.required { option value="" { "–" } }
                    @for choice in &choices { option selected[sent == Some(choice)] { (choice) } }
                }
            } @else if kind == "object" || kind == "array" {
                textarea id=(id) name=(field.name) rows="4" spellcheck="false" {
                    @match sent { Some(sent) => (sent), None => @if field.required { (sketch(document, schema)) } }
                }
            } @else {
                input id=(id) name=(field.name) type=(input(&field.name)) value=[sent] autocomplete="off" spellcheck="false"
                    inputmode=[matches!(kind, "integer" | "number").then_some("decimal")];
            }
            @if !field.description.is_empty() { small { (field.description) } }
        }
    }
}

/// The type; where `null` is one too, the other.
fn kind(schema: &Value) -> &str {
    let several = || schema["type"].as_array()?.iter().filter_map(Value::as_str).find(|kind| *kind != "null");
    schema["type"].as_str().or_else(several).unwrap_or_default()
}

fn input(name: &str) -> &'static str {
    if name.to_lowercase().ends_with("password") { "password" } else { "text" }
}

fn sketch(document: &Value, schema: &Value) -> String {
    // A JSON value can always be written.
    serde_json::to_string_pretty(&example(document, schema)).unwrap_or_default()
}

fn choices(schema: &Value) -> Option<Vec<String>> {
    if kind(schema) == "boolean" {
        return Some(vec!["true".to_owned(), "false".to_owned()]);
    }
    let all = schema["enum"].as_array()?.iter().filter_map(Value::as_str);
    Some(all.map(str::to_owned).collect())
}

/// What a schema says of a value that is there: references followed, `null` as a choice left out.
fn present<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let schema = resolved(document, schema);
    let several = ["anyOf", "oneOf", "allOf"].iter().find_map(|word| schema[*word].as_array());
    let is_null = |one: &&Value| text(one, "type") != "null";
    match several.and_then(|several| several.iter().find(is_null)) {
        Some(first) => resolved(document, first),
        None => schema,
    }
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
    target.and_then(|target| document.pointer(target)).unwrap_or(value)
}

/// What a filled form stands for.
pub(super) fn request(
    document: &Value,
    facts: &Value,
    (method, template): (Method, &str),
    values: &[(String, String)],
) -> api::Sent {
    let given = |place: &'static str| {
        let all = values.iter().filter(|(_, value)| !value.is_empty());
        all.filter_map(move |(name, value)| Some((name.strip_prefix(place)?.strip_prefix('.')?, value)))
    };
    let mut path = template.to_owned();
    for (name, value) in given("path") {
        path = path.replace(&format!("{{{name}}}"), &encoded(value));
    }
    let query: Vec<_> =
        given("query").map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    let header = |(name, value): (&str, &String)| {
        Some((HeaderName::try_from(name).ok()?, HeaderValue::from_str(value).ok()?))
    };
    let headers = given("header").filter_map(header).collect();
    let schema = resolved(document, &facts["requestBody"]["content"]["application/json"]["schema"]);
    let body = members(document, schema).into_iter().filter_map(|field| {
        let (_, value) = values.iter().find(|(name, _)| *name == field.name)?;
        if value.is_empty() && !field.required {
            return None;
        }
        Some((field.label.to_owned(), member(present(document, field.schema), value)))
    });
    let body: Map<String, Value> = body.collect();
    let body = if body.is_empty() { String::new() } else { Value::Object(body).to_string() };
    api::Sent { method, path, headers, body }
}

/// The value as its schema has it; a text where it is none.
fn member(schema: &Value, value: &str) -> Value {
    if kind(schema) == "string" {
        return Value::from(value);
    }
    serde_json::from_str(value).unwrap_or_else(|_| Value::from(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_filled_form_is_the_request_that_its_schema_describes() {
        let document = json!({ "components": { "schemas": { "Body": {
            "required": ["name", "cents"],
            "properties": {
                "name": { "type": "string" },
                "cents": { "type": "integer" },
                "note": { "type": ["string", "null"] },
                "lines": { "anyOf": [{ "type": "array" }, { "type": "null" }] },
            },
        } } } });
        let facts = json!({ "requestBody": { "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/Body" },
        } } } });
        let values = [
            ("path.id", "A/1"),
            ("query.wait", "true"),
            ("query.page", ""),
            ("header.If-Match", "\"1\""),
            ("body.name", "7"),
            ("body.cents", "12"),
            ("body.note", ""),
            ("body.lines", "[1]"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let sent = request(&document, &facts, (Method::POST, "/api/accounts/{id}"), &values);
        assert_eq!(sent.path, "/api/accounts/A%2F1?wait=true");
        assert_eq!(sent.headers.len(), 1);
        let body: Value = serde_json::from_str(&sent.body).unwrap();
        assert_eq!(body, json!({ "name": "7", "cents": 12, "lines": [1] }));
    }
}
