//! Projections and event handlers: what they do, and what an operator may ask of them.

use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use diptych::{OperateError, Operation, ProjectionStatus, model::Later};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::{Problem, Serving, body, outcome, params::Params, routes::path::PathIds};

pub(super) const OPERATE: &str = "/api/admin/projections/{name}/{operation}";

#[derive(Serialize)]
struct Items {
    items: Vec<ProjectionStatus>,
}

/// An operation takes an empty body, or `{}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

pub(super) async fn list(State(serving): State<Serving>) -> Result<Response, Problem> {
    let items = serving.node().projections().await.map_err(|failure| outcome::of_failure(&failure))?;
    Ok(Json(Items { items }).into_response())
}

pub(super) async fn operate(State(serving): State<Serving>, request: Request) -> Result<Response, Problem> {
    let (head, sent) = request.into_parts();
    let path = PathIds::of(OPERATE, head.uri.path());
    let Nothing {} = body::from_json(&body::read(&head.headers, sent).await?)?;
    let (name, operation) = (path.text("name"), path.text("operation"));
    let mut operation: Operation = operation
        .parse()
        .map_err(|()| Problem::not_found(format!("no operation on projections is named {operation:?}")))?;
    if let Operation::Park(later) = &mut operation {
        let choices = [("go", Later::Go), ("wait", Later::Wait)];
        *later = Params::of(&head.uri).choice("later", &choices)?.unwrap_or_default();
    }
    serving.node().operate(name, operation).await.map_err(refused)?;
    let all = serving.node().projections().await.map_err(|failure| outcome::of_failure(&failure))?;
    let status = all.into_iter().find(|status| status.name == name).ok_or_else(Problem::unexpected)?;
    Ok((StatusCode::ACCEPTED, Json(status)).into_response())
}

fn refused(error: OperateError) -> Problem {
    let detail = error.to_string();
    match error {
        OperateError::Unknown { .. } => Problem::not_found(detail),
        OperateError::NotNow { .. } => Problem::rule("not-now", "Not Now", detail),
        OperateError::Failure(failure) => outcome::of_failure(&failure),
    }
}
