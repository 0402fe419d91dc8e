//! Export and import of the log, a CloudEvent a line.

use std::io;

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use diptych::{Filter, ImportError, Node, Position, store::ReadRequest};
use futures::Stream;
use http::{HeaderValue, Uri, header};
use serde_json::json;

use super::{cloud::CloudEvent, events::scope, log::Stretch, shown::chain};
use crate::{Problem, Serving, body, outcome, params::Params};

pub(super) const NDJSON: HeaderValue = HeaderValue::from_static("application/x-ndjson");

/// The events from a position on that pass the filter, up to the head of this moment.
pub(super) async fn export(State(serving): State<Serving>, uri: Uri) -> Result<Response, Problem> {
    let (node, params) = (serving.node(), Params::of(&uri));
    let from = Stretch::of(params, 1)?.from;
    let scope = scope(node, params)?;
    let filter = if scope == diptych::Scope::default() { Filter::All } else { scope.into() };
    let head = node.store().head().await.map_err(|failure| outcome::of_failure(&failure))?;
    let body = Body::from_stream(lines(node.clone(), filter, from, head));
    Ok(([(header::CONTENT_TYPE, NDJSON)], body).into_response())
}

fn lines(
    node: Node,
    filter: Filter,
    mut after: Position,
    head: Position,
) -> impl Stream<Item = io::Result<Bytes>> {
    async_stream::try_stream! {
        while after < head {
            let page = node.store().read(ReadRequest::after(filter.clone(), after)).await;
            let page = page.map_err(io::Error::other)?;
            after = page.considered;
            let mut lines = Vec::new();
            for event in page.events.iter().filter(|event| event.position() <= head) {
                serde_json::to_writer(&mut lines, &CloudEvent::of(event).map_err(io::Error::other)?)?;
                lines.push(b'\n');
            }
            if !lines.is_empty() {
                yield Bytes::from(lines);
            }
        }
    }
}

/// All lines of the body, or none.
pub(super) async fn import(State(serving): State<Serving>, request: Request) -> Result<Response, Problem> {
    let (head, sent) = request.into_parts();
    let sent = body::read(&head.headers, sent).await?;
    let text = std::str::from_utf8(&sent).map_err(|_| invalid(1, "it is not UTF-8"))?;
    let mut events = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let event: Result<CloudEvent<'_>, _> = serde_json::from_str(line);
        let event = event.map_err(Into::into).and_then(CloudEvent::taken);
        events.push(event.map_err(|error| invalid(number.saturating_add(1), &chain(&error)))?);
    }
    let imported = serving.node().import(events).await.map_err(refused)?;
    tracing::info!(target: "audit", recorded = imported.recorded, known = imported.known, "events were imported");
    let (recorded, known, head) = (imported.recorded, imported.known, imported.head);
    Ok(Json(json!({ "recorded": recorded, "known": known, "head": head })).into_response())
}

fn invalid(line: usize, detail: &str) -> Problem {
    Problem::invalid("", format!("line {line}: {detail}"))
}

fn refused(error: ImportError) -> Problem {
    let detail = chain(&error);
    match error {
        ImportError::Gap { .. } | ImportError::Other { .. } => Problem::rule("not-next", "Not Next", detail),
        ImportError::Append(diptych::AppendError::Failure(failure)) | ImportError::Failure(failure) => {
            outcome::of_failure(&failure)
        }
        ImportError::Append(diptych::AppendError::Conflict(_) | diptych::AppendError::KeyUsed(_)) => {
            Problem::rule("not-next", "Not Next", detail)
        }
    }
}
