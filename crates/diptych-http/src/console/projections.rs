//! The table of projections and event handlers.

use axum::{extract::State, response::Response};
use maud::{Markup, html};
use serde_json::Value;

use super::{
    Console,
    api::Refusal,
    chart,
    figures::{self, fraction, items, number, text},
    frame::{self, Page, Tab},
    sample::Readings,
    session::Visit,
};

pub(super) async fn show(State(console): State<Console>, visit: Visit) -> Response {
    let page = page(&console, &visit).await;
    frame::answer(&console, &visit, page)
}

async fn page(console: &Console, visit: &Visit) -> Result<Page, Refusal> {
    let all = console.api().get(&visit.caller, "/api/admin/projections").await?;
    let readings = console.history().readings();
    let body = html! {
        h1 { "Projections" }
        p class="lead" { "What follows the log: read models and event handlers, each with a checkpoint of its own." }
        div class="card" id="projections" data-live { (table(items(&all, "items"), &readings)) }
    };
    Ok(Page::new(Tab::Projections, "Projections", body).live(2_000))
}

fn table(all: &[Value], readings: &Readings) -> Markup {
    html! {
        table class="wide" {
            caption class="sr" { "Projections and event handlers" }
            thead { tr {
                th scope="col" { "Name" } th scope="col" { "State" } th scope="col" { "Position" }
                th scope="col" class="num" { "Behind" } th scope="col" class="num" { "Rate" }
                th scope="col" { "Lag, five minutes" } th scope="col" class="num" { "Parked" }
                th scope="col" { "Run by" }
            } }
            tbody { @for status in all { (row(status, readings)) } }
        }
    }
}

fn row(status: &Value, readings: &Readings) -> Markup {
    let name = text(status, "name");
    let (position, head) = (number(status, "position"), number(status, "head"));
    let lag = readings.values("diptych_projection_lag_events", |line| line.label("name") == name);
    let behind = number(status, "lagEvents");
    html! {
        tr class=(text(status, "state")) {
            th scope="row" {
                a href=(figures::projection_path(name)) { (name) }
                @if text(status, "kind") == "event_handler" { small { "event handler" } }
            }
            td data-name="State" { (figures::state(status)) }
            td data-name="Position" {
                span class="measure" {
                    meter min="0" max=(head.max(1)) value=(position) aria-label={ (name) ": position" } {}
                    span { (figures::whole(position)) small { " of " (figures::whole(head)) } }
                }
            }
            td class="num" data-name="Behind" {
                (figures::whole(behind))
                @if behind > 0 { small { " " (figures::span(fraction(status, "lagSeconds"))) } }
            }
            td class="num" data-name="Rate" { (figures::short(fraction(status, "rate"))) small { "/s" } }
            td data-name="Lag" { (chart::sparkline(&lag, &format!("{name}: {behind} events behind now"))) }
            td class="num" data-name="Parked" { (figures::whole(number(status, "deadLetters"))) }
            td data-name="Run by" { small { (owner(status)) } }
        }
    }
}

/// Who runs it.
pub(super) fn owner(status: &Value) -> &str {
    match text(status, "owner") {
        "" => "nobody yet",
        owner => owner,
    }
}
