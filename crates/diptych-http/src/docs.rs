//! `/docs`: a page on which every operation can be tried, made from the OpenAPI document; and `/client.js`.
//!
//! The page is made once. It asks nothing of other hosts, and its policy lets nothing run that is not ours.

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    extract::State,
    response::Response,
    routing::{MethodRouter, get},
};
use http::{HeaderMap, HeaderValue, header};
use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use crate::{Serving, asset::Asset, openapi::example};

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn routes() -> Router<Serving> {
    let made = Arc::new(OnceLock::new());
    let page = move |State(serving): State<Serving>, headers: HeaderMap| async move {
        let page: &Asset = made.get_or_init(|| {
            let page = page(serving.openapi().document(&serving));
            Asset::new("text/html; charset=utf-8", page.into_string())
        });
        guarded(page.answer(&headers))
    };
    Router::new()
        .route("/docs", get(page))
        .route("/docs/docs.css", asset("text/css; charset=utf-8", include_str!("../assets/docs.css")))
        .route("/docs/docs.js", asset(JAVASCRIPT, include_str!("../assets/docs.js")))
        .route("/client.js", asset(JAVASCRIPT, include_str!("../assets/client.js")))
}

fn asset(media_type: &'static str, text: &'static str) -> MethodRouter<Serving> {
    let asset = Asset::new(media_type, text);
    get(move |headers: HeaderMap| async move { asset.answer(&headers) })
}

fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// One operation of the document.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    facts: &'a Value,
}

fn page(document: &Value) -> Markup {
    let title = document["info"]["title"].as_str().unwrap_or_default();
    let groups = groups(document);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " – API" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/docs/docs.css";
                script type="module" src="/docs/docs.js" {}
            }
            body {
                header {
                    h1 { (title) " API" }
                    p { (document["info"]["description"].as_str().unwrap_or_default()) }
                    p { a href="/openapi.json" { "OpenAPI document" } " · " a href="/client.js" { "JavaScript client" } }
                    nav aria-label="Groups" {
                        @for (name, _) in &groups { a href={ "#" (name) } { (name) } " " }
                    }
                }
                main {
                    @for (name, operations) in &groups {
                        section id=(name) {
                            h2 { (name) }
                            @for operation in operations { (shown(document, operation)) }
                        }
                    }
                }
            }
        }
    }
}

/// The operations by their tags, in the order of the paths.
fn groups(document: &Value) -> Vec<(&str, Vec<Operation<'_>>)> {
    let mut groups: Vec<(&str, Vec<Operation<'_>>)> = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, facts) in methods.as_object().into_iter().flatten() {
            let tag = facts["tags"][0].as_str().unwrap_or("other");
            let operation = Operation { method, path, facts };
            match groups.iter_mut().find(|(name, _)| *name == tag) {
                Some((_, operations)) => operations.push(operation),
                None => groups.push((tag, vec![operation])),
            }
        }
    }
    groups
}

fn shown(document: &Value, operation: &Operation<'_>) -> Markup {
    let Operation { method, path, facts } = operation;
    let body = &facts["requestBody"]["content"]["application/json"]["schema"];
    html! {
        details id=[facts["operationId"].as_str()] {
            summary {
                span class={ "method " (method) } { (method.to_ascii_uppercase()) }
                code { (path) }
                span class="what" { (facts["summary"].as_str().unwrap_or_default()) }
            }
            form data-method=(method.to_ascii_uppercase()) data-path=(path) {
                @for parameter in facts["parameters"].as_array().into_iter().flatten() {
                    (field(resolved(document, parameter)))
                }
                @if !body.is_null() {
                    label class="body" {
                        span { "Body" }
                        textarea name="body" spellcheck="false" rows="8" { (sketch(document, body)) }
                    }
                }
                p class="buttons" {
                    button type="submit" { "Send" }
                    button type="button" data-stop="" hidden { "Stop" }
                }
                output aria-live="polite" hidden {}
            }
        }
    }
}

/// The body that a form begins with.
fn sketch(document: &Value, schema: &Value) -> String {
    let example = example(document, schema);
    // A JSON value can always be written.
    serde_json::to_string_pretty(&example).unwrap_or_default()
}

fn field(parameter: &Value) -> Markup {
    let text = |name: &str| parameter[name].as_str().unwrap_or_default();
    let schema = &parameter["schema"];
    let required = parameter["required"] == Value::Bool(true);
    let hint = [&schema["default"], &schema["examples"][0]].into_iter().find(|hint| !hint.is_null());
    html! {
        label {
            span { (text("name")) @if required { " *" } small { " " (text("in")) } }
            @match choices(schema) {
                Some(choices) => select name=(text("name")) data-in=(text("in")) required[required] {
                    @if !required { option value="" { "–" } }
                    @for choice in choices { option { (choice) } }
                },
                None => input type="text" autocomplete="off" spellcheck="false" name=(text("name")) data-in=(text("in"))
                    required[required] placeholder=[hint.map(plain)];
            }
            @if !text("description").is_empty() { small { (text("description")) } }
        }
    }
}

/// The values of a parameter that has only some.
fn choices(schema: &Value) -> Option<Vec<String>> {
    if schema["type"] == "boolean" {
        return Some(vec!["true".to_owned(), "false".to_owned()]);
    }
    Some(schema["enum"].as_array()?.iter().map(plain).collect())
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What a reference leads to.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
    target.and_then(|target| document.pointer(target)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_operation_has_a_form_with_its_parameters_and_a_body_to_begin_with() {
        let document = json!({
            "info": { "title": "The <Bank>" },
            "paths": { "/api/accounts/{id}/deposit": { "post": {
                "operationId": "deposit", "summary": "Puts money in", "tags": ["accounts"],
                "parameters": [
                    { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
                    { "$ref": "#/components/parameters/wait" },
                ],
                "requestBody": { "content": { "application/json": { "schema": {
                    "type": "object", "required": ["cents"], "properties": { "cents": { "type": "integer", "minimum": 1 } },
                } } } },
            } } },
            "components": { "parameters": { "wait": { "name": "wait", "in": "query", "schema": { "type": "boolean" } } } },
        });
        let page = page(&document).into_string();
        for part in [
            "The &lt;Bank&gt; API",
            r#"<details id="deposit">"#,
            r#"data-method="POST" data-path="/api/accounts/{id}/deposit""#,
            r#"name="id" data-in="path" required"#,
            r#"<select name="wait" data-in="query">"#,
            "&quot;cents&quot;: 1",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        assert!(!page.contains("://") && !page.contains("style="));
    }
}
