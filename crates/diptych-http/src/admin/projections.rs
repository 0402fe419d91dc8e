//! Projections and event handlers: what they do, and what an operator may ask of them.

use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use diptych::{
    OperateError, Operation, Position, ProjectionStatus,
    model::{Later, ParkedEvent},
};
use http::{StatusCode, Uri};
use serde::{Deserialize, Serialize};

use super::{
    audit::Entry,
    comparison::ShownComparison,
    log::{MOST, Stretch},
};
use crate::{Problem, Serving, body, outcome, params::Params, routes::path::PathIds};

pub(super) const ONE: &str = "/api/admin/projections/{name}";
pub(super) const PARKED: &str = "/api/admin/projections/{name}/parked";
pub(super) const VERIFY: &str = "/api/admin/projections/{name}/verify";
pub(super) const OPERATE: &str = "/api/admin/projections/{name}/{operation}";

/// How many rows that differ are told, unless more are asked for.
const ROWS: u64 = 20;

#[derive(Serialize)]
struct Items {
    items: Vec<ProjectionStatus>,
}

#[derive(Serialize)]
struct Parked {
    items: Vec<ParkedEvent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Position>,
}

/// An operation takes an empty body, or `{}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

pub(super) async fn list(State(serving): State<Serving>) -> Result<Response, Problem> {
    let items = serving.node().projections().await.map_err(|failure| outcome::of_failure(&failure))?;
    Ok(Json(Items { items }).into_response())
}

pub(super) async fn show(State(serving): State<Serving>, uri: Uri) -> Result<Response, Problem> {
    let path = PathIds::of(ONE, uri.path());
    let status = serving.node().projection(path.text("name")).await.map_err(refused)?;
    Ok(Json(status).into_response())
}

pub(super) async fn parked(State(serving): State<Serving>, uri: Uri) -> Result<Response, Problem> {
    let path = PathIds::of(PARKED, uri.path());
    let stretch = Stretch::of(Params::of(&uri), 100)?;
    let mut items = serving.node().parked(path.text("name")).await.map_err(refused)?;
    items.retain(|event| event.position > stretch.from);
    let next = items.get(stretch.limit).map(|event| event.position);
    items.truncate(stretch.limit);
    Ok(Json(Parked { items, next }).into_response())
}

pub(super) async fn verify(State(serving): State<Serving>, request: Request) -> Result<Response, Problem> {
    let (head, sent) = request.into_parts();
    let path = PathIds::of(VERIFY, head.uri.path());
    let Nothing {} = body::from_json(&body::read(&head.headers, sent).await?)?;
    let rows = rows(Params::of(&head.uri))?;
    let comparison = serving.node().verify(path.text("name"), rows).await.map_err(refused)?;
    Ok(Json(ShownComparison::of(comparison)).into_response())
}

/// With `dryRun=true`, says what a rebuild or promote would change.
pub(super) async fn operate(State(serving): State<Serving>, request: Request) -> Result<Response, Problem> {
    let (head, sent) = request.into_parts();
    let path = PathIds::of(OPERATE, head.uri.path());
    let Nothing {} = body::from_json(&body::read(&head.headers, sent).await?)?;
    let (name, operation) = (path.text("name"), path.text("operation"));
    let operation = parsed(operation, Params::of(&head.uri))?;
    if Params::of(&head.uri).flag("dryRun")? {
        return rehearse(&serving, name, operation, rows(Params::of(&head.uri))?).await;
    }
    let done = serving.node().operate(name, operation).await.map_err(refused);
    serving.audit().enter(Entry::of(&serving, &head, (name, operation), &done));
    done?;
    let status = serving.node().projection(name).await.map_err(refused)?;
    Ok((StatusCode::ACCEPTED, Json(status)).into_response())
}

async fn rehearse(
    serving: &Serving,
    name: &str,
    operation: Operation,
    rows: usize,
) -> Result<Response, Problem> {
    let node = serving.node();
    let compared = match operation {
        Operation::Rebuild => node.rehearse(name, rows).await,
        Operation::Promote => node.verify(name, rows).await,
        Operation::Pause
        | Operation::Resume
        | Operation::Rollback
        | Operation::Skip
        | Operation::Park(_)
        | Operation::Retry => {
            let only = "only rebuild and promote can be tried without doing them";
            return Err(Problem::invalid_parameter("dryRun", only));
        }
    };
    Ok(Json(ShownComparison::of(compared.map_err(refused)?)).into_response())
}

fn parsed(operation: &str, params: Params<'_>) -> Result<Operation, Problem> {
    let mut operation: Operation = operation
        .parse()
        .map_err(|()| Problem::not_found(format!("no operation on projections is named {operation:?}")))?;
    if let Operation::Park(later) = &mut operation {
        let choices = [("go", Later::Go), ("wait", Later::Wait)];
        *later = params.choice("later", &choices)?.unwrap_or_default();
    }
    Ok(operation)
}

fn rows(params: Params<'_>) -> Result<usize, Problem> {
    let rows = params.whole("rows", 0..=u64::from(MOST))?.unwrap_or(ROWS);
    Ok(usize::try_from(rows).unwrap_or(usize::MAX))
}

pub(super) fn refused(error: OperateError) -> Problem {
    let detail = error.to_string();
    match error {
        OperateError::Unknown { .. } => Problem::not_found(detail),
        OperateError::NotNow { .. } => Problem::rule("not-now", "Not Now", detail),
        OperateError::Failure(failure) => outcome::of_failure(&failure),
    }
}
