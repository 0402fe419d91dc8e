//! The system as a map: commands → streams → events → projections and event handlers → queries, from what is registered.
//!
//! [`layout`] says what stands where, [`draw`] makes the picture.

mod draw;
mod layout;

use std::collections::BTreeMap;

use axum::{extract::State, response::Response};
use maud::{Markup, html};
use serde_json::Value;

use super::{
    Console,
    api::Refusal,
    figures::{self, encoded, items, text},
    frame::{self, Page, Tab},
    sample::Readings,
    session::Visit,
    try_it,
};
use layout::{Map, Node};

/// The columns, from left to right.
const COLUMNS: [&str; 5] = ["Commands", "Streams", "Events", "Projections", "Queries"];

pub(super) async fn show(State(console): State<Console>, visit: Visit) -> Response {
    let page = page(&console, &visit).await;
    frame::answer(&console, &visit, page)
}

async fn page(console: &Console, visit: &Visit) -> Result<Page, Refusal> {
    let api = console.api();
    let (registered, projections, document) = tokio::join!(
        api.get(&visit.caller, "/api/admin/map"),
        api.get(&visit.caller, "/api/admin/projections"),
        api.get(&visit.caller, "/openapi.json"),
    );
    let (registered, projections, document) = (registered?, projections?, document?);
    let told = Told {
        operations: try_it::operations_by_message(&document),
        statuses: items(&projections, "items"),
        rates: Rates::of(&console.history().readings()),
    };
    let map = layout::of(columns(&registered, &told));
    let body = html! {
        h1 { "Map" }
        p class="lead" {
            "What can be wished for, what it is decided on, what may happen, who follows it, and what can be asked. "
            "Every box shows how much goes through it a second, and turns red when it fails."
        }
        div class="card map" id="map" data-live tabindex="0" role="region" aria-label="Map of the system" {
            (draw::picture(&map, &COLUMNS))
        }
        details class="card" id="as-list" { summary { "The same as lists" } (lists(&map)) }
    };
    Ok(Page::new(Tab::Map, "Map", body).live(2_000))
}

/// What is known of what is registered.
struct Told<'a> {
    /// Where each command and query can be tried.
    operations: BTreeMap<String, String>,
    statuses: &'a [Value],
    rates: Rates,
}

/// How much goes through each, a second.
struct Rates {
    commands: BTreeMap<String, f64>,
    failing: BTreeMap<String, f64>,
    streams: BTreeMap<String, f64>,
    events: BTreeMap<String, f64>,
    projections: BTreeMap<String, f64>,
    queries: BTreeMap<String, f64>,
}

impl Rates {
    fn of(readings: &Readings) -> Self {
        let by = |metric: &str, label: &str| readings.labels(metric, label);
        let mut failing = BTreeMap::new();
        for (metric, label) in [("diptych_commands_total", "command"), ("diptych_queries_total", "query")] {
            for name in by(metric, label).into_keys() {
                let failed = |line: &super::sample::Line| {
                    line.label(label) == name && line.label("outcome") == "failed"
                };
                failing.insert(name.clone(), readings.rate(metric, failed));
            }
        }
        Self {
            commands: by("diptych_commands_total", "command"),
            failing,
            streams: by("diptych_appended_events_total", "category"),
            events: by("diptych_appended_events_total", "type"),
            projections: by("diptych_projected_events_total", "name"),
            queries: by("diptych_queries_total", "query"),
        }
    }

    fn fails(&self, name: &str) -> bool {
        self.failing.get(name).is_some_and(|rate| *rate > 0.0)
    }
}

fn rate(rates: &BTreeMap<String, f64>, name: &str) -> f64 {
    rates.get(name).copied().unwrap_or_default()
}

fn columns(registered: &Value, told: &Told<'_>) -> [Vec<Node>; 5] {
    let rates = &told.rates;
    let messages = |list: &str, reads: &str, rates_of: &BTreeMap<String, f64>| {
        let node = |one: &Value| {
            let name = text(one, "name");
            Node {
                name: name.to_owned(),
                href: told.operations.get(name).cloned(),
                rate: rate(rates_of, name),
                failing: rates.fails(name),
                handler: false,
                links: links(one, reads),
            }
        };
        items(registered, list).iter().map(node).collect::<Vec<_>>()
    };
    let streams = items(registered, "streams").iter().map(|stream| {
        let category = text(stream, "category");
        let href = Some(format!("/console/events?category={}", encoded(category)));
        plain(category, href, rate(&rates.streams, category), links(stream, "events"))
    });
    let events = items(registered, "events").iter().map(|event| {
        let name = text(event, "name");
        let href = Some(format!("/console/events?type={}", encoded(name)));
        plain(name, href, rate(&rates.events, name), Some(Vec::new()))
    });
    let projections = items(registered, "projections").iter().map(|one| {
        let name = text(one, "name");
        let status = told.statuses.iter().find(|status| text(status, "name") == name);
        Node {
            failing: status.is_some_and(|status| text(status, "state") == "failed"),
            handler: text(one, "kind") == "event_handler",
            ..plain(
                name,
                Some(figures::projection_path(name)),
                rate(&rates.projections, name),
                links(one, "events"),
            )
        }
    });
    [
        messages("commands", "streams", &rates.commands),
        streams.collect(),
        events.collect(),
        projections.collect(),
        messages("queries", "reads", &rates.queries),
    ]
}

fn plain(name: &str, href: Option<String>, rate: f64, links: Option<Vec<String>>) -> Node {
    Node { name: name.to_owned(), href, rate, failing: false, handler: false, links }
}

/// The names that it is linked with; none where it is with every one.
fn links(one: &Value, name: &str) -> Option<Vec<String>> {
    let names = one[name].as_array()?;
    Some(names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

fn lists(map: &Map) -> Markup {
    html! {
        div class="columns lists" { @for (at, name) in COLUMNS.iter().enumerate() {
            div {
                h2 { (name) }
                ul class="plain" { @for node in map.column(at) {
                    li {
                        @match &node.href { Some(href) => a href=(href) { (node.name) }, None => (node.name) }
                        span class="quiet" { " " (figures::short(node.rate)) "/s" }
                        @if node.failing { " " span class="pill failed" { "failing" } }
                    }
                } }
            }
        } }
    }
}
