//! What one request led to: a tree, its times side by side as a waterfall.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use diptych::Timestamp;
use http::Uri;
use maud::{Markup, html};
use serde_json::Value;

use super::{
    Console,
    api::Refusal,
    chart::brief,
    figures::{self, encoded, items, number, text},
    frame::{self, Page, Tab},
    json,
    session::Visit,
};
use crate::params::Params;

pub(super) const PATH: &str = "/console/correlations/{id}";

pub(super) async fn find(State(console): State<Console>, visit: Visit, uri: Uri) -> Response {
    let given = Params::of(&uri).text("id").ok().flatten().map(|id| id.trim().to_owned());
    if let Some(id) = given.filter(|id| !id.is_empty()) {
        return frame::guarded(Redirect::to(&figures::correlation_path(&id)).into_response());
    }
    let page = asking(&console, &visit).await;
    frame::answer(&console, &visit, page)
}

async fn asking(console: &Console, visit: &Visit) -> Result<Page, Refusal> {
    let latest = console.api().get(&visit.caller, "/api/admin/events?order=newest&limit=60").await?;
    let now = console.serving().node().clock().now();
    let mut recent: Vec<&Value> = Vec::new();
    for event in items(&latest, "items") {
        let is_known = recent.iter().any(|known| known["correlationId"] == event["correlationId"]);
        if recent.len() < 15 && !is_known {
            recent.push(event);
        }
    }
    let body = html! {
        h1 { "Correlation" }
        p class="lead" { "Everything that one request led to." }
        form class="filters card" method="get" action="/console/correlations" {
            label { span { "Correlation id" } input name="id" required autocomplete="off" spellcheck="false"; }
            div class="buttons" { button class="primary" { "Show" } }
        }
        div class="card" {
            h2 { "The last conversations" }
            ul class="plain" { @for event in &recent {
                li class="event-line" {
                    a href=(figures::correlation_path(text(event, "correlationId"))) { (text(event, "correlationId")) }
                    span { (text(event, "type")) }
                    span class="quiet" { (figures::moment(text(event, "recordedAt"), now)) }
                }
            } @if recent.is_empty() { li class="quiet" { "There is none yet." } } }
        }
    };
    Ok(Page::new(Tab::Correlations, "Correlation", body))
}

pub(super) async fn show(State(console): State<Console>, visit: Visit, Path(id): Path<String>) -> Response {
    let page = page(&console, &visit, &id).await;
    frame::answer(&console, &visit, page)
}

/// One line of the waterfall.
struct Row<'a> {
    depth: usize,
    /// A command or another message that caused something, or an event.
    of: Of<'a>,
    /// From when to when, in microseconds.
    from: i64,
    to: i64,
}

enum Of<'a> {
    Cause(&'a Value),
    Event(&'a Value),
}

async fn page(console: &Console, visit: &Visit, id: &str) -> Result<Page, Refusal> {
    let path = format!("/api/admin/correlations/{}", encoded(id));
    let tree = console.api().get(&visit.caller, &path).await?;
    let mut rows = Vec::new();
    for cause in items(&tree, "commands") {
        walk(cause, 0, None, &mut rows);
    }
    let first = rows.iter().map(|row| row.from).min().unwrap_or_default();
    let last = rows.iter().map(|row| row.to).max().unwrap_or_default();
    let span = (last - first).max(1);
    let things = items(&tree, "things").iter().filter_map(Value::as_str);
    let body = html! {
        p class="crumbs" { a href="/console/correlations" { "Correlation" } }
        h1 class="long" { (id) }
        p class="lead" {
            (counted(rows.iter().filter(|row| matches!(row.of, Of::Event(_))).count())) " within "
            (figures::span(micros(last - first))) ", up to position " (figures::whole(number(&tree, "position"))) "."
        }
        p class="chips" { @for thing in things { (chip(thing)) " " } }
        div class="card" {
            h2 { "What led to what" small { "from the first event on; the tree to the left, times to the right" } }
            ul class="waterfall" { @for row in &rows { (line(row, first, span)) } }
            @if !tree["next"].is_null() { p class="quiet" { "There is more of it than is shown." } }
        }
    };
    Ok(Page::new(Tab::Correlations, id, body))
}

fn counted(events: usize) -> String {
    if events == 1 { "1 event".to_owned() } else { format!("{events} events") }
}

fn chip(thing: &str) -> Markup {
    match thing.split_once(':') {
        Some((category, id)) => html! {
            a class="chip" href={ "/console/streams/" (encoded(category)) "/" (encoded(id)) } { (thing) }
        },
        None => html! { span class="chip" { (thing) } },
    }
}

/// Puts a cause and all below it among the rows. What it took is from what caused it to its last event.
fn walk<'a>(cause: &'a Value, depth: usize, begun: Option<i64>, rows: &mut Vec<Row<'a>>) {
    let events = items(cause, "events");
    let times = || events.iter().map(at);
    let from = begun.or_else(|| times().min()).unwrap_or_default();
    rows.push(Row { depth, of: Of::Cause(cause), from, to: times().max().unwrap_or(from) });
    for event in events {
        let time = at(event);
        rows.push(Row { depth: depth + 1, of: Of::Event(event), from: time, to: time });
        for effect in items(event, "commands") {
            walk(effect, depth + 2, Some(time), rows);
        }
    }
}

fn at(event: &Value) -> i64 {
    Timestamp::parse(text(event, "recordedAt")).map(Timestamp::as_micros).unwrap_or_default()
}

fn line(row: &Row<'_>, first: i64, span: i64) -> Markup {
    let share = |time: i64| ratio(time - first, span) * 100.0;
    let (left, wide) = (share(row.from), (share(row.to) - share(row.from)).max(0.0));
    let since = figures::span(micros(row.from - first));
    let took = figures::span(micros(row.to - row.from));
    html! {
        li class={ "depth-" (row.depth.min(8)) } {
            @match row.of {
                Of::Cause(cause) => span class="what cause" {
                    @if let Some(command) = cause["command"].as_str() { (command) } @else { "caused by it" }
                },
                Of::Event(event) => details class="what" id={ "e-" (number(event, "position")) } {
                    summary { (text(event, "type")) span class="quiet" { " " (text(&event["stream"], "category")) "/" (text(&event["stream"], "id")) } }
                    p { a href=(figures::stream_path(&event["stream"])) { "The stream" } " · "
                        a href={ "/console/events?from=" (number(event, "position")) } { "Event " (number(event, "position")) } }
                    (json::pretty(&event["data"]))
                },
            }
            svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label={ "after " (since) ", for " (took) } {
                path class="grid" d="M0 0V10M25 0V10M50 0V10M75 0V10M100 0V10" {}
                rect class=(if matches!(row.of, Of::Cause(_)) { "cause" } else { "event" })
                    x=(brief(left.min(99.2))) y="2.5" width=(brief(wide.max(0.8))) height="5" rx="0.6" {}
            }
            span class="time" { "+" (since) }
        }
    }
}

fn micros(span: i64) -> f64 {
    figures::float(u64::try_from(span).unwrap_or_default()) / 1e6
}

fn ratio(part: i64, whole: i64) -> f64 {
    let float = |span: i64| figures::float(u64::try_from(span).unwrap_or_default());
    float(part) / float(whole).max(1.0)
}
