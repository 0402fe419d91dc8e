//! One stream through time: its events, and at each of them the folded state and what it changed.

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
    figures::{self, encoded, items, number, text},
    frame::{self, Page, Tab},
    json,
    session::Visit,
};
use crate::params::Params;

pub(super) const PATH: &str = "/console/streams/{category}/{id}";
/// How many events the timeline shows at once.
const SHOWN: u64 = 40;

/// Asks for a stream, or goes to the one that was named.
pub(super) async fn find(State(console): State<Console>, visit: Visit, uri: Uri) -> Response {
    let params = Params::of(&uri);
    let given =
        |name| params.text(name).ok().flatten().map(|text| text.trim().to_owned()).unwrap_or_default();
    let (category, id) = (given("category"), given("id"));
    if !category.is_empty() && !id.is_empty() {
        let path = format!("/console/streams/{}/{}", encoded(&category), encoded(&id));
        return frame::guarded(Redirect::to(&path).into_response());
    }
    let page = asking(&console, &visit).await;
    frame::answer(&console, &visit, page)
}

async fn asking(console: &Console, visit: &Visit) -> Result<Page, Refusal> {
    let api = console.api();
    let (map, latest) = tokio::join!(
        api.get(&visit.caller, "/api/admin/map"),
        api.get(&visit.caller, "/api/admin/events?order=newest&limit=60"),
    );
    let (map, latest) = (map?, latest?);
    let mut recent: Vec<&Value> = Vec::new();
    for event in items(&latest, "items") {
        if recent.len() < 12 && !recent.contains(&&event["stream"]) {
            recent.push(&event["stream"]);
        }
    }
    let body = html! {
        h1 { "Stream" }
        p class="lead" { "The events of one thing, and what they made of it." }
        form class="filters card" method="get" action="/console/streams" {
            label { span { "Category" }
                select name="category" required {
                    @for stream in items(&map, "streams") { option { (text(stream, "category")) } }
                }
            }
            label { span { "Id" } input name="id" required autocomplete="off" spellcheck="false"; }
            div class="buttons" { button class="primary" { "Show" } }
        }
        div class="card" {
            h2 { "Changed last" }
            ul class="plain" { @for stream in &recent {
                li { a href=(figures::stream_path(stream)) { (text(stream, "category")) "/" (text(stream, "id")) } }
            } @if recent.is_empty() { li class="quiet" { "There is none yet." } } }
        }
    };
    Ok(Page::new(Tab::Streams, "Stream", body))
}

pub(super) async fn show(
    State(console): State<Console>,
    visit: Visit,
    Path((category, id)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    let at = Params::of(&uri).whole("at", 0..=u64::MAX).ok().flatten();
    let page = page(&console, &visit, &category, &id, at).await;
    frame::answer(&console, &visit, page)
}

/// A stream at one of its revisions.
struct Moment<'a> {
    path: String,
    at: u64,
    last: u64,
    steps: &'a [Value],
}

async fn page(
    console: &Console,
    visit: &Visit,
    category: &str,
    id: &str,
    at: Option<u64>,
) -> Result<Page, Refusal> {
    let own = format!("{}/{}", encoded(category), encoded(id));
    let read = |from: u64, limit: u64| {
        let path = format!("/api/admin/streams/{own}?revision={from}&limit={limit}");
        async move { console.api().get(&visit.caller, &path).await }
    };
    let last = number(&read(0, 1).await?, "revision");
    let at = at.unwrap_or(last).min(last);
    // The one before is shown too: what changed is told against it.
    let from = at.saturating_sub(SHOWN / 2).min((last + 1).saturating_sub(SHOWN));
    let found = read(from, SHOWN).await?;
    let moment = Moment { path: format!("/console/streams/{own}"), at, last, steps: items(&found, "items") };
    let now = console.serving().node().clock().now();
    let body = html! {
        p class="crumbs" { a href={ "/console/events?category=" (encoded(category)) } { (category) } }
        h1 { (category) "/" (id) }
        (slider(&moment))
        section class="columns even" {
            div class="card" id="timeline" data-step { h2 { "Timeline" small { (figures::whole(last + 1)) " events" } } (timeline(&moment, now)) }
            div id="state" data-step { (state(&moment)) }
        }
    };
    Ok(Page::new(Tab::Streams, format!("{category}/{id}"), body))
}

fn slider(moment: &Moment<'_>) -> Markup {
    let Moment { path, at, last, .. } = moment;
    html! {
        form class="slider card" id="slider" method="get" action=(path) {
            div id="steps" data-step class="steps" {
                @if *at > 0 { a class="button" rel="prev" href={ (path) "?at=" (at - 1) } { "Before" } }
                @if at < last { a class="button" rel="next" href={ (path) "?at=" (at + 1) } { "After" } }
            }
            label for="at" { "Revision " output id="shown" data-step for="at" { (at) } " of " (last) }
            input id="at" type="range" name="at" min="0" max=(last) value=(at);
            button class="no-script" { "Show" }
        }
    }
}

fn timeline(moment: &Moment<'_>, now: Timestamp) -> Markup {
    let Moment { path, at, steps, .. } = moment;
    html! {
        ol class="timeline" {
            @for step in *steps {
                @let revision = number(step, "revision");
                li class=[(revision > *at).then_some("later")] {
                    a href={ (path) "?at=" (revision) } aria-current=[(revision == *at).then_some("step")] {
                        span class="revision" { (revision) }
                        span class="type" { (text(step, "type")) }
                        span class="when" { (figures::moment(text(step, "recordedAt"), now)) }
                    }
                }
            }
        }
    }
}

fn state(moment: &Moment<'_>) -> Markup {
    let find = |revision: Option<u64>| {
        revision.and_then(|revision| moment.steps.iter().find(|step| number(step, "revision") == revision))
    };
    let Some(step) = find(Some(moment.at)) else { return html! { p { "There is no such event." } } };
    let before = find(moment.at.checked_sub(1)).map_or(&Value::Null, |step| &step["state"]);
    html! {
        div class="card" {
            h2 { "What happened" small { (text(step, "type")) " at revision " (moment.at) } }
            (super::events::facts(step))
            (json::pretty(&step["data"]))
        }
        @if step["state"].is_null() {
            div class="card" {
                h2 { "State" }
                @if let Some(error) = step["error"].as_str() { p class="bad" { (error) } }
                @else { p class="quiet" { "States of this kind have no form that could be shown: give it snapshots." } }
            }
        } @else {
            div class="card" { h2 { "What changed" } (changed(before, &step["state"])) }
            div class="card" { h2 { "State after it" } (json::pretty(&step["state"])) }
        }
    }
}

fn changed(before: &Value, after: &Value) -> Markup {
    if before.is_null() {
        return html! { p class="quiet" { "Everything: it is the first." } };
    }
    let changes = json::changes(before, after);
    html! {
        @if changes.is_empty() { p class="quiet" { "Nothing." } } @else {
            table class="changes wide" {
                caption class="sr" { "What changed" }
                thead { tr { th scope="col" { "Where" } th scope="col" { "Before" } th scope="col" { "After" } } }
                tbody { @for change in changes {
                    tr {
                        th scope="row" { code { (change.path) } }
                        td data-name="Before" { del { (part(change.before.as_ref())) } }
                        td data-name="After" { ins { (part(change.after.as_ref())) } }
                    }
                } }
            }
        }
    }
}

fn part(value: Option<&Value>) -> Markup {
    match value {
        Some(value) => json::inline(value),
        None => html! { span class="quiet" { "–" } },
    }
}
