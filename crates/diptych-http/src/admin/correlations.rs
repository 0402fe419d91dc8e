//! One conversation: the tree of commands and events that one request led to.

use std::collections::HashMap;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use diptych::{CausationId, CorrelationId, Position, Scope};
use http::Uri;
use serde::Serialize;

use super::{
    log::{self, Found, Span, Stretch, Wanted},
    shown::ShownEvent,
};
use crate::{Problem, Serving, outcome, params::Params, routes::path::PathIds};

pub(super) const PATH: &str = "/api/admin/correlations/{id}";

const DEFAULT_LIMIT: u32 = 1_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Conversation {
    correlation_id: CorrelationId,
    position: Position,
    /// What it touched, as `category:id`.
    things: Vec<String>,
    commands: Vec<Cause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Position>,
    head: Position,
}

/// A command, or another message, and the events it led to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Cause {
    causation_id: CausationId,
    /// The command's name, where it is one that no other message caused.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    events: Vec<Effect>,
}

/// An event, and what it led to in turn.
#[derive(Debug, Serialize)]
struct Effect {
    #[serde(flatten)]
    event: ShownEvent,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    commands: Vec<Cause>,
}

pub(super) async fn show(State(serving): State<Serving>, uri: Uri) -> Result<Response, Problem> {
    let node = serving.node();
    let path = PathIds::of(PATH, uri.path());
    let unknown = || Problem::not_found("this correlation id is not known: no command with it was taken");
    let id = CorrelationId::new(path.text("id")).map_err(|_| unknown())?;
    let stretch = Stretch::of(Params::of(&uri), DEFAULT_LIMIT)?;
    let known = log::known(node, &id).await?.ok_or_else(unknown)?;
    let filter = log::streams_of(&known, &Scope::default());
    let wanted = Wanted { filter, conversation: Some(&id), span: Span::default() };
    let found = log::find(node, &wanted, stretch).await;
    let Found { events, next, head } = found.map_err(|failure| outcome::of_failure(&failure))?;
    let events = events.iter().map(|event| ShownEvent::of(event, node.schemas())).collect();
    let (position, things) = (known.position, known.things);
    let conversation =
        Conversation { correlation_id: id, position, things, commands: tree(events), next, head };
    Ok(Json(conversation).into_response())
}

/// Events below what caused them. What was caused by no event of these stands at the top, in the order of the log.
fn tree(events: Vec<ShownEvent>) -> Vec<Cause> {
    let ids: HashMap<String, Position> =
        events.iter().map(|event| (event.event_id.clone(), event.position)).collect();
    let mut tops: Vec<CausationId> = Vec::new();
    let mut by_cause: HashMap<CausationId, Vec<ShownEvent>> = HashMap::new();
    for event in events {
        let cause = event.causation_id.clone();
        // A cause that comes later than its effect is none; so there is no circle.
        let is_below = ids.get(&*cause.text()).is_some_and(|position| *position < event.position);
        let siblings = by_cause.entry(cause.clone()).or_default();
        if siblings.is_empty() && !is_below {
            tops.push(cause);
        }
        siblings.push(event);
    }
    tops.into_iter().map(|cause| grow(cause, &mut by_cause)).collect()
}

fn grow(causation_id: CausationId, by_cause: &mut HashMap<CausationId, Vec<ShownEvent>>) -> Cause {
    let events = by_cause.remove(&causation_id).unwrap_or_default();
    let effect = |event: ShownEvent| {
        let id = CausationId::new(&event.event_id);
        let commands = if by_cause.contains_key(&id) { vec![grow(id, by_cause)] } else { Vec::new() };
        Effect { event, commands }
    };
    let events = events.into_iter().map(effect).collect();
    let command = causation_id.text().split_once(':').map(|(name, _)| name.to_owned());
    Cause { causation_id, command, events }
}
