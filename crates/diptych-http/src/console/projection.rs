//! One projection: where it is, how fast, why it is stuck, what is parked, and what can be asked of it.

use axum::{
    extract::{Path, State},
    response::Response,
};
use diptych::Timestamp;
use http::{StatusCode, Uri};
use maud::{Markup, html};
use serde_json::Value;

use super::{
    Console, actions,
    api::Refusal,
    chart::{self, Following},
    figures::{self, fraction, items, number, text},
    frame::{self, Page, Tab},
    overview, projections,
    sample::Readings,
    session::Visit,
};
use crate::params::Params;

pub(super) const PATH: &str = "/console/projections/{name}";

pub(super) async fn show(
    State(console): State<Console>,
    visit: Visit,
    Path(name): Path<String>,
    uri: Uri,
) -> Response {
    let done = Params::of(&uri).text("done").ok().flatten().map(|done| done.into_owned());
    let page = page(&console, &visit, &name, done.as_deref()).await;
    frame::answer(&console, &visit, page)
}

async fn page(console: &Console, visit: &Visit, name: &str, done: Option<&str>) -> Result<Page, Refusal> {
    let api = console.api();
    let (all, map, audit) = tokio::join!(
        api.get(&visit.caller, "/api/admin/projections"),
        api.get(&visit.caller, "/api/admin/map"),
        api.get(&visit.caller, "/api/admin/audit"),
    );
    let (all, map, audit) = (all?, map?, audit?);
    let status = items(&all, "items").iter().find(|status| text(status, "name") == name);
    let unknown = || Refusal::new(StatusCode::NOT_FOUND, "Not Found", "no projection has this name");
    let status = status.ok_or_else(unknown)?;
    let (readings, now) = (console.history().readings(), console.serving().node().clock().now());
    let own = items(&audit, "items").iter().filter(|entry| text(entry, "projection") == name).take(10);
    let body = html! {
        p class="crumbs" { a href="/console/projections" { "Projections" } }
        div class="title" id="title" data-live { h1 { (name) } (figures::state(status)) }
        @if let Some(done) = done { p class="done" role="status" { "Done: " (done) "." } }
        div id="trouble" data-live { (trouble(status, now)) }
        div id="actions" data-live { (actions::buttons(visit, status)) }
        div id="facts" data-live { (facts(status)) }
        div class="card" id="progress" data-live {
            h2 { "Position against head" }
            (progress(status, name, &readings))
        }
        div id="candidate" data-live { (candidate(status)) }
        div id="parked" data-live { (parked(status)) }
        section class="columns" {
            div class="card" { h2 { "What it takes and who reads it" } (around(&map, name)) }
            div class="card" id="acts" data-live {
                h2 { "What operators did" small { "since the start of this server" } }
                (overview::acts(own, now))
            }
        }
    };
    Ok(Page::new(Tab::Projections, name, body).live(2_000))
}

/// Why it is stuck, in a sentence: which event, which error, since when, who runs it.
fn trouble(status: &Value, now: Timestamp) -> Markup {
    let error = &status["lastError"];
    if error.is_null() {
        return html! {};
    }
    let name = text(status, "name");
    let failed = text(status, "state") == "failed";
    html! {
        div class={ "health " (if failed { "bad" } else { "warn" }) } role="status" {
            p { span class="dot" {}
                @if let Some(why) = status["why"].as_str() { (why) } @else {
                    (name) @if failed { " has stopped" } @else { " cannot go on at present" }
                    @if let Some(at) = error["position"].as_u64() {
                        " before " a href={ "/console/events?from=" (at) } { "event " (at) }
                    }
                    ": " (text(error, "message")) "."
                }
            }
            p class="quiet" {
                "Tried " (number(error, "attempts")) " times, the last time " (figures::moment(text(error, "at"), now))
                ", by " (projections::owner(status)) "."
                @if let Some(at) = error["position"].as_u64() {
                    " " a href={ "/console/events?from=" (at) } { "Look at event " (at) }
                }
            }
        }
    }
}

fn facts(status: &Value) -> Markup {
    let (rate, behind) = (fraction(status, "rate"), number(status, "lagEvents"));
    let left = match (behind, rate) {
        (0, _) => "none".to_owned(),
        (_, rate) if rate > 0.0 => figures::span(figures::float(behind) / rate),
        _ => "not known".to_owned(),
    };
    html! {
        dl class="facts" {
            div { dt { "Position" } dd { (figures::whole(number(status, "position"))) small { " of " (figures::whole(number(status, "head"))) } } }
            div { dt { "Behind" } dd { (figures::whole(behind)) small { " events, " (figures::span(fraction(status, "lagSeconds"))) } } }
            div { dt { "Rate" } dd { (figures::short(rate)) small { "/s" } } }
            div { dt { "Time left" } dd { (left) } }
            div { dt { "Parked" } dd { (figures::whole(number(status, "deadLetters"))) } }
            div { dt { "Skipped" } dd { (figures::whole(number(status, "skipped"))) } }
            div { dt { "Generation" } dd { (number(status, "generation")) small { ", schema " (number(status, "schemaVersion")) } } }
            div { dt { "Run by" } dd { small { (projections::owner(status)) } } }
        }
    }
}

fn progress(status: &Value, name: &str, readings: &Readings) -> Markup {
    let head = readings.values("diptych_head_position", |_| true);
    let position = readings.values("diptych_projection_position", |line| line.label("name") == name);
    let what = format!("{name} stands at {} of {}", number(status, "position"), number(status, "head"));
    chart::following(&Following { head: &head, position: &position }, &what)
}

/// A generation that is being filled beside the live one.
fn candidate(status: &Value) -> Markup {
    let candidate = &status["candidate"];
    if candidate.is_null() {
        return html! {};
    }
    let (position, head) = (number(candidate, "position"), number(status, "head"));
    let left = candidate["secondsLeft"].as_f64();
    html! {
        div class="card rebuild" {
            h2 { "Generation " (number(candidate, "generation")) " is being filled" small { "beside the live one" } }
            progress max=(head.max(1)) value=(position) aria-label="Rebuild" {}
            p {
                (figures::whole(position)) " of " (figures::whole(head)) ", "
                (figures::short(fraction(candidate, "rate"))) " events a second"
                @if position >= number(status, "position") { ". It is not behind and can be promoted." }
                @else if let Some(left) = left { ", " (figures::span(left)) " left." }
                @else { "." }
            }
            @if let Some(error) = candidate["lastError"]["message"].as_str() { p class="bad" { (error) } }
        }
    }
}

fn parked(status: &Value) -> Markup {
    let parked = items(status, "parked");
    if parked.is_empty() {
        return html! {};
    }
    html! {
        div class="card" {
            h2 { "Parked events" small { (figures::whole(number(status, "deadLetters"))) " in all" } }
            table class="wide" {
                caption class="sr" { "Parked events" }
                thead { tr { th scope="col" { "Event" } th scope="col" { "Stream" } th scope="col" { "Error" } th scope="col" { "Later ones" } } }
                tbody { @for event in parked {
                    tr {
                        th scope="row" { a href={ "/console/events?from=" (number(event, "position")) } { (number(event, "position")) } }
                        td data-name="Stream" { (stream(&event["stream"])) }
                        td data-name="Error" { (text(event, "error")) }
                        td data-name="Later ones" { (text(event, "later")) }
                    }
                } }
            }
        }
    }
}

/// A stream, as an object or as `category/id`.
fn stream(stream: &Value) -> Markup {
    match stream.as_str() {
        Some(text) => match text.split_once(['/', ':']) {
            Some((category, id)) => html! {
                a href={ "/console/streams/" (figures::encoded(category)) "/" (figures::encoded(id)) } { (text) }
            },
            None => html! { (text) },
        },
        None => html! {
            a href=(figures::stream_path(stream)) { (text(stream, "category")) "/" (text(stream, "id")) }
        },
    }
}

fn around(map: &Value, name: &str) -> Markup {
    let own = items(map, "projections").iter().find(|one| text(one, "name") == name);
    let events = own.and_then(|own| own["events"].as_array());
    let reads = |query: &&Value| items(query, "reads").iter().any(|read| read == name);
    html! {
        h3 { "Events" }
        p class="chips" {
            @match events {
                Some(events) => @for event in events.iter().filter_map(Value::as_str) {
                    a class="chip" href={ "/console/events?type=" (figures::encoded(event)) } { (event) } " "
                },
                None => "Every one.",
            }
        }
        h3 { "Queries" }
        p class="chips" {
            @for query in items(map, "queries").iter().filter(reads) { span class="chip" { (text(query, "name")) } " " }
            @if !items(map, "queries").iter().any(|query| reads(&query)) { "No query reads it." }
        }
    }
}
