//! The log, newest first, narrowed by what was asked for.

use std::collections::BTreeSet;

use axum::{extract::State, response::Response};
use diptych::Timestamp;
use http::Uri;
use maud::{Markup, html};
use serde_json::Value;

use super::{
    Console,
    api::Refusal,
    figures::{self, encoded, items, number, text},
    frame::{self, Page, Tab},
    json,
    session::Visit,
};
use crate::params::Params;

/// How many on a page.
const LIMIT: u32 = 50;

/// What the log is narrowed by; empty texts do not.
#[derive(Clone, Debug, Default)]
struct Narrowed {
    category: String,
    r#type: String,
    stream: String,
    tag: String,
    correlation: String,
    since: String,
    until: String,
    from: String,
}

impl Narrowed {
    fn of(uri: &Uri) -> Self {
        let params = Params::of(uri);
        // What cannot be read is passed on as it is nowhere: the API refuses what it does not take.
        let text = |name| params.text(name).ok().flatten().unwrap_or_default().trim().to_owned();
        Self {
            category: text("category"),
            r#type: text("type"),
            stream: text("stream"),
            tag: text("tag"),
            correlation: text("correlation"),
            since: text("since"),
            until: text("until"),
            from: text("from"),
        }
    }

    fn parts(&self) -> [(&'static str, String); 7] {
        [
            ("category", self.category.clone()),
            ("type", self.r#type.clone()),
            ("stream", self.stream.clone()),
            ("tag", self.tag.clone()),
            ("correlation", self.correlation.clone()),
            ("since", self.since.clone()),
            ("until", self.until.clone()),
        ]
    }

    /// As a query of this page, from a place on.
    fn query(&self, from: Option<u64>) -> String {
        let parts = self.parts().into_iter().chain(from.map(|from| ("from", from.to_string())));
        joined(parts)
    }

    /// As a call of the API.
    fn path(&self) -> String {
        let parts = self.parts().map(|(name, value)| match name {
            "since" | "until" => (name, utc(&value)),
            _ => (name, value),
        });
        let own = [("order", "newest".to_owned()), ("limit", LIMIT.to_string()), ("from", self.from.clone())];
        format!("/api/admin/events?{}", joined(own.into_iter().chain(parts)))
    }
}

fn joined(parts: impl Iterator<Item = (&'static str, String)>) -> String {
    let given = parts.filter(|(_, value)| !value.is_empty());
    given.map(|(name, value)| format!("{name}={}", encoded(&value))).collect::<Vec<_>>().join("&")
}

/// What a field for date and time gives has neither seconds nor a zone.
fn utc(text: &str) -> String {
    match text.len() {
        16 => format!("{text}:00Z"),
        19 => format!("{text}Z"),
        _ => text.to_owned(),
    }
}

pub(super) async fn show(State(console): State<Console>, visit: Visit, uri: Uri) -> Response {
    let page = page(&console, &visit, &Narrowed::of(&uri)).await;
    frame::answer(&console, &visit, page)
}

async fn page(console: &Console, visit: &Visit, asked: &Narrowed) -> Result<Page, Refusal> {
    let (path, api) = (asked.path(), console.api());
    let (found, map) = tokio::join!(api.get(&visit.caller, &path), api.get(&visit.caller, "/api/admin/map"));
    let (found, map) = (found?, map?);
    let now = console.serving().node().clock().now();
    let is_tail = asked.from.is_empty();
    let body = html! {
        div class="title" {
            h1 { "Events" }
            @if is_tail { span class="pill live" { "live tail" } }
        }
        (form(asked, &map))
        div class="card" id="events" data-live[is_tail] {
            p class="quiet" {
                "Newest first; the head is at " (figures::whole(number(&found, "head"))) "."
                @if !is_tail { " From " (asked.from) " down. " a href={ "/console/events?" (asked.query(None)) } { "Back to the newest" } }
            }
            div class="log" { @for event in items(&found, "items") { (row(event, now)) } }
            @if items(&found, "items").is_empty() { p class="empty" { "No event is like that." } }
            @if let Some(next) = found["next"].as_u64() {
                p class="pages" { a class="button" href={ "/console/events?" (asked.query(Some(next))) } { "Older" } }
            }
        }
    };
    let page = Page::new(Tab::Events, "Events", body);
    Ok(if is_tail { page.live(1_000) } else { page })
}

fn form(asked: &Narrowed, map: &Value) -> Markup {
    let categories = names(map, "streams", "category");
    let types = names(map, "events", "name");
    html! {
        form class="filters card" method="get" action="/console/events" {
            (select("category", "Category", &categories, &asked.category))
            (select("type", "Type", &types, &asked.r#type))
            (field("stream", "Stream", "order/ORD-001", &asked.stream))
            (field("tag", "Tag", "customer:USR-001", &asked.tag))
            (field("correlation", "Correlation", "id", &asked.correlation))
            (moment("since", "Since (UTC)", &asked.since))
            (moment("until", "Until (UTC)", &asked.until))
            div class="buttons" {
                button class="primary" { "Show" }
                a class="button" href="/console/events" { "Clear" }
            }
        }
    }
}

fn names<'a>(map: &'a Value, list: &str, name: &str) -> BTreeSet<&'a str> {
    items(map, list).iter().map(|item| text(item, name)).collect()
}

fn select(name: &str, label: &str, choices: &BTreeSet<&str>, chosen: &str) -> Markup {
    html! {
        label { span { (label) }
            select name=(name) {
                option value="" { "any" }
                @if !chosen.is_empty() && !choices.contains(chosen) { option selected { (chosen) } }
                @for choice in choices { option selected[*choice == chosen] { (choice) } }
            }
        }
    }
}

fn field(name: &str, label: &str, hint: &str, value: &str) -> Markup {
    html! {
        label { span { (label) }
            input type="text" name=(name) value=(value) placeholder=(hint) autocomplete="off" spellcheck="false";
        }
    }
}

fn moment(name: &str, label: &str, value: &str) -> Markup {
    html! {
        label { span { (label) } input type="datetime-local" step="1" name=(name) value=(value.trim_end_matches('Z')); }
    }
}

/// One event, its payload folded away.
fn row(event: &Value, now: Timestamp) -> Markup {
    let position = number(event, "position");
    let stream = &event["stream"];
    let named = named(stream);
    html! {
        details class={ "event" @if !event["error"].is_null() { " unread" } } id={ "e-" (position) } {
            summary {
                span class="position" { (position) }
                span class="type" { (text(event, "type")) }
                span class="stream" { (named) }
                span class="when" { (figures::moment(text(event, "recordedAt"), now)) }
            }
            (facts(event))
            @if let Some(error) = event["error"].as_str() { p class="bad" { (error) } }
            (json::pretty(&event["data"]))
            @if let Some(several) = event["readsAs"].as_array() {
                p class="quiet" { "It reads as:" }
                @for one in several { p { (text(one, "type")) } (json::pretty(&one["data"])) }
            }
        }
    }
}

fn named(stream: &Value) -> String {
    format!("{}/{}", text(stream, "category"), text(stream, "id"))
}

/// What is known of an event beside its payload.
pub(super) fn facts(event: &Value) -> Markup {
    let named = named(&event["stream"]);
    let correlation = text(event, "correlationId");
    html! {
        dl class="inline" {
            div { dt { "stream" } dd { a href=(figures::stream_path(&event["stream"])) { (named) } " revision " (number(event, "revision")) } }
            div { dt { "correlation" } dd { a href=(figures::correlation_path(correlation)) { (correlation) } } }
            div { dt { "caused by" } dd { (text(event, "causationId")) } }
            div { dt { "recorded" } dd { (text(event, "recordedAt")) } }
            div { dt { "schema" } dd { (number(event, "schemaVersion")) } }
            div { dt { "event id" } dd { (text(event, "eventId")) } }
            @if let Some(actor) = event["actor"].as_str() { div { dt { "by" } dd { (actor) } } }
            @if !items(event, "tags").is_empty() {
                div { dt { "tags" } dd { @for tag in items(event, "tags").iter().filter_map(Value::as_str) {
                    a class="chip" href={ "/console/events?tag=" (encoded(tag)) } { (tag) } " "
                } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_asked_of_the_api() {
        let uri: Uri = "/console/events?type=A%26b&tag=&since=2026-11-21T10:00&from=7".parse().unwrap();
        let asked = Narrowed::of(&uri);
        assert_eq!(
            asked.path(),
            "/api/admin/events?order=newest&limit=50&from=7&type=A%26b&since=2026-11-21T10%3A00%3A00Z"
        );
        assert_eq!(asked.query(Some(3)), "type=A%26b&since=2026-11-21T10%3A00&from=3");
    }
}
