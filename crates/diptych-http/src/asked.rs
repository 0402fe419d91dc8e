//! What a query was asked with: from which position on, and how long to wait.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use diptych::{AskOptions, CorrelationId, Node, Position};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    Problem,
    headers::PreferWait,
    outcome,
    params::{Correlation, Params, Patience},
};

/// The header that says up to where an answer reflects the log.
pub(crate) const X_POSITION: &str = "x-position";

/// What was asked for, with the correlation id resolved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// The answer must hold everything up to here.
    pub(crate) at: Option<Position>,
    pub(crate) patience: Patience,
    deadline: Instant,
}

impl Asked {
    /// Reads parameters and headers; an unknown correlation id is 404.
    pub(crate) async fn of(node: &Node, uri: &Uri, headers: &HeaderMap) -> Result<Self, Problem> {
        let prefer = PreferWait::of(headers)?;
        let waiting = Params::of(uri).waiting()?;
        let mut at = waiting.position.map(Position::new);
        if let Some(correlation) = &waiting.correlation {
            let known = known_position(node, correlation).await?;
            at = Some(at.map_or(known, |position| position.max(known)));
        }
        let patience = waiting.patience(prefer);
        let wait = match patience {
            Patience::None => Duration::ZERO,
            Patience::ThenTimeout(wait) | Patience::ThenAccepted(wait) => wait,
        };
        Ok(Self { at, patience, deadline: Instant::now() + wait })
    }

    /// For the bus: the position, and what is left of the time.
    pub(crate) fn options(&self) -> AskOptions {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let wait = match self.patience {
            Patience::None => None,
            Patience::ThenTimeout(_) | Patience::ThenAccepted(_) => Some(left),
        };
        AskOptions { at: self.at, wait }
    }

    /// The same from a later position on.
    pub(crate) fn from(self, position: Position) -> Self {
        Self { at: Some(self.at.map_or(position, |at| at.max(position))), ..self }
    }

    /// What is answered when the time is over, or there was none.
    pub(crate) fn too_early(&self, status: &str) -> Response {
        match self.patience {
            Patience::ThenTimeout(_) => {
                Problem::timeout("the read model did not come so far in time; ask again").into_response()
            }
            Patience::None | Patience::ThenAccepted(_) => accepted(status),
        }
    }
}

/// The position of the last command under a correlation id.
async fn known_position(node: &Node, correlation: &Correlation) -> Result<Position, Problem> {
    Ok(known(node, correlation).await?.position)
}

/// What is known of a correlation id; 404 where it is unknown or cannot be one.
pub(crate) async fn known(node: &Node, correlation: &Correlation) -> Result<diptych::Correlation, Problem> {
    let unknown = || Problem::not_found("this correlation id is not known: no command with it was taken");
    let Correlation::Id(id) = correlation else { return Err(unknown()) };
    let Ok(id) = CorrelationId::new(id.as_str()) else { return Err(unknown()) };
    let known = node.correlation(&id).await.map_err(|failure| outcome::of_failure(&failure))?;
    known.ok_or_else(unknown)
}

/// 202: not yet.
fn accepted(status: &str) -> Response {
    let body = json!({
        "status": status,
        "message": "the read model has not come so far yet; ask again",
        "retryAfter": 1,
    });
    let headers = [
        (header::RETRY_AFTER, HeaderValue::from_static("1")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (StatusCode::ACCEPTED, headers, axum::Json(body)).into_response()
}

/// The headers of every answer from a read model.
pub(crate) fn from_read_model(position: Position, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(X_POSITION, HeaderValue::from(position.get()));
    response
}
