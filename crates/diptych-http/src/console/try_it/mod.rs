//! Trying a command or a query: a form made from its JSON Schema, what was answered, and each projection catching up.
//!
//! What can be sent is read from the public OpenAPI document. [`fields`] makes the form and what is sent of it.

mod fields;

use std::collections::BTreeMap;

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{Method, StatusCode, Uri};
use maud::{Markup, html};
use serde_json::Value;

use super::{
    Console,
    api::{Answer, Refusal},
    figures::{self, encoded, items, number, text},
    frame::{self, Page, Tab},
    json,
    login::not_ours,
    session::Visit,
};
use crate::params::Params;

pub(super) const PATH: &str = "/console/try/{operation}";

/// One operation of the document.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    facts: &'a Value,
}

impl Operation<'_> {
    fn id(&self) -> &str {
        text(self.facts, "operationId")
    }

    /// The command or the query that it takes.
    fn message(&self) -> &str {
        let names = [text(self.facts, "x-command"), text(self.facts, "x-query")];
        names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
    }

    fn is_command(&self) -> bool {
        !text(self.facts, "x-command").is_empty()
    }
}

/// The operations that take a command or a query.
fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, facts)| Operation { method, path, facts })
    });
    all.filter(|operation| !operation.message().is_empty()).collect()
}

/// Where each command and query can be tried, by its name.
pub(super) fn operations_by_message(document: &Value) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for operation in operations(document) {
        let path = format!("/console/try/{}", encoded(operation.id()));
        all.entry(operation.message().to_owned()).or_insert(path);
    }
    all
}

pub(super) async fn list(State(console): State<Console>, visit: Visit) -> Response {
    let page = listed(&console, &visit).await;
    frame::answer(&console, &visit, page)
}

async fn listed(console: &Console, visit: &Visit) -> Result<Page, Refusal> {
    let document = console.api().get(&visit.caller, "/openapi.json").await?;
    let all = operations(&document);
    let mut groups: Vec<&str> = all.iter().map(|operation| group(operation)).collect();
    groups.dedup();
    let mut seen = Vec::new();
    groups.retain(|name| {
        !seen.contains(name) && {
            seen.push(*name);
            true
        }
    });
    let entry = |operation: &Operation<'_>| {
        html! {
            li {
                a href={ "/console/try/" (encoded(operation.id())) } { (operation.message()) }
                span class="quiet" { " " (text(operation.facts, "summary")) }
            }
        }
    };
    let entries = |name: &str, is_command: bool| {
        let own = |one: &&Operation<'_>| group(one) == name && one.is_command() == is_command;
        html! {
            ul class="plain" {
                @for operation in all.iter().filter(own) { (entry(operation)) }
                @if !all.iter().any(|one| own(&one)) { li class="quiet" { "None." } }
            }
        }
    };
    let body = html! {
        h1 { "Try it" }
        p class="lead" { "Every command and query that is reachable over HTTP, with a form made from its schema. What you send here is real." }
        div class="columns even" { @for name in groups {
            section class="card" {
                h2 { (name) }
                h3 { "Commands" }
                (entries(name, true))
                h3 { "Queries" }
                (entries(name, false))
            }
        } }
    };
    Ok(Page::new(Tab::Try, "Try it", body))
}

fn group<'a>(operation: &Operation<'a>) -> &'a str {
    operation.facts["tags"][0].as_str().unwrap_or("other")
}

/// What was answered to a form that was sent.
struct Sent {
    values: Vec<(String, String)>,
    answer: Option<Answer>,
}

pub(super) async fn form(
    State(console): State<Console>,
    visit: Visit,
    Path(id): Path<String>,
    uri: Uri,
) -> Response {
    let page = page(&console, &visit, &id, &Sent { values: Vec::new(), answer: None }, &uri).await;
    frame::answer(&console, &visit, page)
}

pub(super) async fn send(
    State(console): State<Console>,
    visit: Visit,
    Path(id): Path<String>,
    uri: Uri,
    Form(values): Form<Vec<(String, String)>>,
) -> Response {
    let csrf = values.iter().find(|(name, _)| name == "csrf").map_or("", |(_, value)| value);
    if !visit.sent_by_us(csrf) {
        return frame::answer(&console, &visit, Err(not_ours()));
    }
    match sent(&console, &visit, &id, &values).await {
        Err(refusal) => frame::answer(&console, &visit, Err(refusal)),
        // The receipt's page can be loaded again without sending again.
        Ok(answer) if answer.status == StatusCode::ACCEPTED && answer.value()["position"].is_u64() => {
            let receipt = answer.value();
            let path = format!(
                "/console/try/{}?position={}&correlation={}",
                encoded(&id),
                number(&receipt, "position"),
                encoded(text(&receipt, "correlationId"))
            );
            frame::guarded(Redirect::to(&path).into_response())
        }
        Ok(answer) => {
            let page = page(&console, &visit, &id, &Sent { values, answer: Some(answer) }, &uri).await;
            frame::answer(&console, &visit, page)
        }
    }
}

async fn sent(
    console: &Console,
    visit: &Visit,
    id: &str,
    values: &[(String, String)],
) -> Result<Answer, Refusal> {
    let document = console.api().get(&visit.caller, "/openapi.json").await?;
    let operation = find(&document, id)?;
    let method = Method::from_bytes(operation.method.to_ascii_uppercase().as_bytes()).unwrap_or(Method::GET);
    let sent = fields::request(&document, operation.facts, (method, operation.path), values);
    // A conversation of its own: not that of the page.
    let caller = super::api::Caller { correlation: None, ..visit.caller.clone() };
    console.api().send(&caller, sent).await
}

fn find<'a>(document: &'a Value, id: &str) -> Result<Operation<'a>, Refusal> {
    let unknown =
        || Refusal::new(StatusCode::NOT_FOUND, "Not Found", "nothing that can be tried is named so");
    operations(document).into_iter().find(|operation| operation.id() == id).ok_or_else(unknown)
}

async fn page(console: &Console, visit: &Visit, id: &str, sent: &Sent, uri: &Uri) -> Result<Page, Refusal> {
    let document = console.api().get(&visit.caller, "/openapi.json").await?;
    let operation = find(&document, id)?;
    let params = Params::of(uri);
    let position = params.whole("position", 1..=u64::MAX).ok().flatten();
    let correlation = params.text("correlation").ok().flatten().unwrap_or_default();
    let receipt = match position {
        Some(position) => Some(receipt(console, visit, position, &correlation).await?),
        None => None,
    };
    let is_followed = receipt.as_ref().is_some_and(|(_, there)| !there);
    let body = html! {
        p class="crumbs" { a href="/console/try" { "Try it" } }
        h1 { (operation.message()) }
        p class="lead" {
            code { (operation.method.to_ascii_uppercase()) " " (operation.path) } " "
            (text(operation.facts, "summary")) "."
        }
        section class="columns even" {
            form class="card try" method="post" action={ "/console/try/" (encoded(id)) } {
                (frame::hidden(visit))
                (fields::form(&document, operation.facts, &sent.values))
                button class="primary" { @if operation.is_command() { "Send the command" } @else { "Ask" } }
            }
            div {
                @if let Some(answer) = &sent.answer { (answered(answer)) }
                @if let Some((receipt, _)) = &receipt { (receipt) }
            }
        }
    };
    let page = Page::new(Tab::Try, operation.message(), body);
    Ok(if is_followed { page.live(300) } else { page })
}

fn answered(answer: &Answer) -> Markup {
    let class = if answer.status.is_success() { "good" } else { "bad" };
    html! {
        div class="card" role="status" {
            h2 { "Answered" span class={ "pill " (class) } { (answer.status.to_string()) } }
            (json::pretty(&answer.value()))
        }
    }
}

/// A receipt, and how far each projection has come; with it, whether all are there.
async fn receipt(
    console: &Console,
    visit: &Visit,
    position: u64,
    correlation: &str,
) -> Result<(Markup, bool), Refusal> {
    let all = console.api().get(&visit.caller, "/api/admin/projections").await?;
    let all = items(&all, "items");
    let is_there = |status: &Value| number(status, "position") >= position;
    let markup = html! {
        div class="card" role="status" {
            h2 { "Receipt" span class="pill good" { "taken" } }
            dl class="facts" {
                div { dt { "Position" } dd { a href={ "/console/events?from=" (position) } { (figures::whole(position)) } } }
                div { dt { "Conversation" } dd { a class="long" href=(figures::correlation_path(correlation)) { (correlation) } } }
            }
        }
        div class="card" id="followers" data-live {
            h2 { "Projections" small { (all.iter().filter(|status| is_there(status)).count()) " of " (all.len()) " are there" } }
            ul class="plain followers" { @for status in all {
                li {
                    a href=(figures::projection_path(text(status, "name"))) { (text(status, "name")) }
                    @if is_there(status) { span class="pill good" { "there" } }
                    @else { (figures::state(status)) span class="quiet" { (position - number(status, "position").min(position)) " to go" } }
                }
            } }
        }
    };
    Ok((markup, all.iter().all(is_there)))
}
