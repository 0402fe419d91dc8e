//! The log, from a position on, narrowed by what was asked for.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use diptych::{CorrelationId, Filter, Node, Position, Scope, StreamId, Tag, store::Direction};
use http::Uri;
use serde::Serialize;

use super::{
    log::{self, Found, Span, Stretch, Wanted},
    shown::ShownEvent,
};
use crate::{Problem, Serving, outcome, params::Params};

const DEFAULT_LIMIT: u32 = 100;

/// A part of the log.
#[derive(Serialize)]
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<Position>,
    pub(super) head: Position,
}

pub(super) async fn list(State(serving): State<Serving>, uri: Uri) -> Result<Response, Problem> {
    let (node, params) = (serving.node(), Params::of(&uri));
    let stretch = Stretch::either_way(params, DEFAULT_LIMIT)?;
    let scope = scope(node, params)?;
    let conversation = params.text("correlation")?.map(CorrelationId::new).transpose();
    let conversation =
        conversation.map_err(|error| Problem::invalid_parameter("correlation", error.to_string()))?;
    let filter = match &conversation {
        None if scope == Scope::default() => Filter::All,
        None => scope.into(),
        Some(id) => match log::known(node, id).await? {
            Some(known) => log::streams_of(&known, &scope),
            None => Filter::Any(Vec::new()),
        },
    };
    await_news(&serving, params, stretch).await?;
    let wanted = Wanted { filter, conversation: conversation.as_ref(), span: Span::of(params)? };
    let found = log::find(node, &wanted, stretch).await;
    let Found { events, next, head } = found.map_err(|failure| outcome::of_failure(&failure))?;
    let items = events.iter().map(|event| ShownEvent::of(event, node.schemas())).collect();
    Ok(Json(Listed { items, next, head }).into_response())
}

/// With `wait=true`, answers once the log has come to `from`, or after `timeoutMs`.
async fn await_news(serving: &Serving, params: Params<'_>, stretch: Stretch) -> Result<(), Problem> {
    if !params.flag("wait")? || stretch.direction == Direction::Backward {
        return Ok(());
    }
    let patience = params.whole("timeoutMs", 0..=30_000)?.unwrap_or(5_000);
    let mut watch = serving.node().store().watch();
    tokio::select! {
        past = watch.past(stretch.from) => past.map(drop).map_err(|failure| outcome::of_failure(&failure)),
        () = tokio::time::sleep(Duration::from_millis(patience)) => Ok(()),
        () = serving.stopping().cancelled() => Ok(()),
    }
}

/// `category`, `type`, `stream` and `tag`.
pub(super) fn scope(node: &Node, params: Params<'_>) -> Result<Scope, Problem> {
    let category = params.text("category")?.map(|text| text.into_owned().into());
    let mut scope = Scope { category, ..Scope::default() };
    if let Some(name) = params.text("type")? {
        scope = scope.of_types(log::stored_names(node, &name));
    }
    if let Some(text) = params.text("stream")? {
        let parsed = text.split_once('/').map(|(category, id)| StreamId::parse(category, id));
        let Some(Ok(stream)) = parsed else {
            return Err(Problem::invalid_parameter("stream", "must be a category and an id: order/ORD-001"));
        };
        scope.stream = Some(stream);
    }
    if let Some(text) = params.text("tag")? {
        if !text.contains(':') {
            return Err(Problem::invalid_parameter("tag", "must be a key and a value: customer:USR-001"));
        }
        scope = scope.with_tag(Tag::stored(&text));
    }
    Ok(scope)
}
