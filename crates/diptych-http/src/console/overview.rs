//! The first page: health in a sentence, what is done a second and how fast, and how far behind each projection is.

use axum::{extract::State, response::Response};
use http::StatusCode;
use maud::{Markup, html};
use serde_json::Value;

use super::{
    Console,
    api::Refusal,
    chart,
    figures::{self, items, number, text},
    frame::{self, Page, Tab},
    sample::{Line, Readings},
    session::Visit,
};

/// Outcomes of commands that are no failure of the machinery.
const REFUSALS: [&str; 1] = ["rejected"];

pub(super) async fn show(State(console): State<Console>, visit: Visit) -> Response {
    let page = page(&console, &visit).await;
    frame::answer(&console, &visit, page)
}

async fn page(console: &Console, visit: &Visit) -> Result<Page, Refusal> {
    let api = console.api();
    let (projections, events, health, audit) = tokio::join!(
        api.get(&visit.caller, "/api/admin/projections"),
        api.get(&visit.caller, "/api/admin/events?order=newest&limit=8"),
        api.ask(&visit.caller, "/readyz"),
        api.get(&visit.caller, "/api/admin/audit"),
    );
    let (projections, events, audit) = (projections?, events?, audit?);
    let (readings, now) = (console.history().readings(), console.serving().node().clock().now());
    let body = html! {
        h1 class="sr" { "Overview" }
        div id="health" data-live { (health_of(&health.map(|answer| answer.value()), items(&projections, "items"))) }
        div id="tiles" class="tiles" data-live { (tiles(&readings, &events)) }
        section class="columns" {
            div class="card" id="lags" data-live {
                h2 { "Projections" small { "how far behind, the last five minutes" } }
                (lags(items(&projections, "items"), &readings))
            }
            div {
                div class="card" id="latest" data-live {
                    h2 { "Latest events" a href="/console/events" { "all" } }
                    ul class="plain" {
                        @for event in items(&events, "items") {
                            li class="event-line" {
                                a href={ "/console/events?from=" (number(event, "position")) } { (text(event, "type")) }
                                a class="quiet" href=(figures::stream_path(&event["stream"])) {
                                    (text(&event["stream"], "category")) "/" (text(&event["stream"], "id"))
                                }
                                span class="quiet" { (figures::moment(text(event, "recordedAt"), now)) }
                            }
                        }
                        @if items(&events, "items").is_empty() { li class="quiet" { "Nothing has happened yet." } }
                    }
                }
                div class="card" id="acts" data-live {
                    h2 { "What operators did" small { "since the start of this server" } }
                    (acts(items(&audit, "items").iter().take(6), now))
                }
            }
        }
        p class="quiet note" { "Rates and latencies are those of this node; positions are those of the store." }
    };
    Ok(Page::new(Tab::Overview, "Overview", body).live(2_000))
}

/// Entries of the audit, as a list.
pub(super) fn acts<'a>(entries: impl Iterator<Item = &'a Value>, now: diptych::Timestamp) -> Markup {
    let mut entries = entries.peekable();
    let none = entries.peek().is_none();
    html! {
        ul class="plain" {
            @for entry in entries {
                li class="event-line" {
                    span { strong { (text(entry, "operation")) } " "
                        a href=(figures::projection_path(text(entry, "projection"))) { (text(entry, "projection")) } }
                    span class="quiet" {
                        @if entry["done"] == true { "done" } @else { "refused: " (text(entry, "refusal")) }
                        ", " (text(entry, "by")) " from " (text(entry, "from"))
                    }
                    span class="quiet" { (figures::moment(text(entry, "at"), now)) }
                }
            }
            @if none { li class="quiet" { "Nothing yet." } }
        }
    }
}

fn health_of(health: &Result<Value, Refusal>, projections: &[Value]) -> Markup {
    let (class, sentence, reasons) = match health {
        Ok(health) if text(health, "status") == "ready" => {
            let behind = projections.iter().filter(|status| number(status, "lagEvents") > 0).count();
            let all = projections.len();
            let sentence = match behind {
                0 => format!("All is well: commands are taken, and all {all} projections are at the head."),
                1 => format!("All is well: commands are taken; 1 of {all} projections is catching up."),
                n => format!("All is well: commands are taken; {n} of {all} projections are catching up."),
            };
            ("good", sentence, Vec::new())
        }
        Ok(health) => {
            let reasons: Vec<_> = items(health, "reasons").iter().filter_map(Value::as_str).collect();
            ("warn", "Commands are taken, but something needs you.".to_owned(), reasons)
        }
        Err(refusal) if refusal.status == StatusCode::SERVICE_UNAVAILABLE => {
            ("bad", "The store takes no commands.".to_owned(), vec![refusal.detail.as_str()])
        }
        Err(refusal) => {
            ("bad", "It is not known how things stand.".to_owned(), vec![refusal.detail.as_str()])
        }
    };
    html! {
        div class={ "health " (class) } role="status" {
            p { span class="dot" {} (sentence) }
            @if !reasons.is_empty() {
                ul { @for reason in reasons { li { (linked(reason, projections)) } } }
            }
        }
    }
}

/// The sentence, with the projection that it begins with as a link.
fn linked(reason: &str, projections: &[Value]) -> Markup {
    let named = projections.iter().map(|status| text(status, "name"));
    let mut longest = named.filter(|name| reason.starts_with(&format!("{name} "))).collect::<Vec<_>>();
    longest.sort_by_key(|name| name.len());
    match longest.pop() {
        Some(name) => html! {
            a href=(figures::projection_path(name)) { (name) } (&reason[name.len()..])
        },
        None => html! { (reason) },
    }
}

struct Tile {
    name: &'static str,
    figure: String,
    unit: &'static str,
    values: Vec<f64>,
    class: &'static str,
}

fn tiles(readings: &Readings, events: &Value) -> Markup {
    let any = |_: &Line| true;
    let refused = |line: &Line| REFUSALS.contains(&line.label("outcome"));
    let (commands, recorded) = ("diptych_commands_total", "diptych_appended_events_total");
    let conflicts = "diptych_conflicts_total";
    let (took, asked) = ("diptych_command_duration_seconds_bucket", "diptych_queries_total");
    let latency = |share: f64| readings.quantile(took, share).map_or_else(|| "–".to_owned(), figures::span);
    let tile = |name, figure, unit, values, class| Tile { name, figure, unit, values, class };
    let rate = |metric: &str| (figures::short(readings.rate(metric, any)), readings.rates(metric, any));
    let ((commands_now, commands_then), (events_now, events_then)) = (rate(commands), rate(recorded));
    let ((conflicts_now, conflicts_then), (asked_now, asked_then)) = (rate(conflicts), rate(asked));
    let rejections = readings.rate(commands, refused);
    let all = [
        tile("Commands", commands_now, "/s", commands_then, ""),
        tile("Events", events_now, "/s", events_then, ""),
        tile("Queries", asked_now, "/s", asked_then, ""),
        tile("Commands, p50", latency(0.5), "", readings.quantiles(took, 0.5), "time"),
        tile("Commands, p99", latency(0.99), "", readings.quantiles(took, 0.99), "time"),
        tile("Conflicts", conflicts_now, "/s", conflicts_then, "warn"),
        tile("Rejections", figures::short(rejections), "/s", readings.rates(commands, refused), "warn"),
        tile(
            "Head",
            figures::whole(number(events, "head")),
            "",
            readings.values("diptych_head_position", any),
            "flat",
        ),
    ];
    html! { @for tile in all {
        div class={ "tile " (tile.class) } {
            span class="name" { (tile.name) }
            span class="figure" { (tile.figure) small { (tile.unit) } }
            (chart::sparkline(&tile.values, &format!("{}: {}{} now", tile.name, tile.figure, tile.unit)))
        }
    } }
}

fn lags(projections: &[Value], readings: &Readings) -> Markup {
    html! {
        ul class="plain lags" {
            @for status in projections {
                @let name = text(status, "name");
                @let lag = readings.values("diptych_projection_lag_events", |line| line.label("name") == name);
                @let now = figures::whole(number(status, "lagEvents"));
                li {
                    a href=(figures::projection_path(name)) { (name) }
                    (figures::state(status))
                    (chart::sparkline(&lag, &format!("{name}: {now} events behind now")))
                    span class="figure" { (now) small { " behind" } }
                }
            }
        }
    }
}
