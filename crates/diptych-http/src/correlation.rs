//! One correlation id per request: the caller's or a new one, told in every answer.
//!
//! The outermost layer but tracing. It refuses a malformed `X-Correlation-ID` (400), puts the [`CorrelationId`] among
//! the request's extensions, sets the header on the answer unless a handler did (a replayed receipt tells the first
//! one's), and renders problems once more with the id in them.

use std::{fmt, sync::Arc};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header::CONTENT_LENGTH};

use crate::{Problem, headers::CorrelationId};

/// Where new ids come from, since this crate draws none itself.
#[derive(Clone)]
pub struct Draw(Arc<dyn Fn() -> CorrelationId + Send + Sync>);

impl Draw {
    /// Ids from a source.
    pub fn new(source: impl Fn() -> CorrelationId + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }
}

impl fmt::Debug for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Draw")
    }
}

/// The layer: `axum::middleware::from_fn_with_state(Draw::new(…), correlation::layer)`.
pub async fn layer(State(draw): State<Draw>, mut request: Request, next: Next) -> Response {
    let (id, refusal) = match CorrelationId::of(request.headers()) {
        Ok(Some(id)) => (id, None),
        Ok(None) => ((draw.0)(), None),
        Err(error) => ((draw.0)(), Some(Problem::from(error))),
    };
    let answer = match refusal {
        Some(problem) => problem.into_response(),
        None => {
            request.extensions_mut().insert(id.clone());
            next.run(request).await
        }
    };
    tell(answer, &id)
}

/// Puts the id on the answer, and into it where it is a problem.
fn tell(mut answer: Response, id: &CorrelationId) -> Response {
    let header = answer.headers().get(CorrelationId::HEADER).cloned();
    let header = header.or_else(|| HeaderValue::from_str(id.as_str()).ok());
    if let Some(header) = header {
        let told = header.to_str().unwrap_or_else(|_| id.as_str()).to_owned();
        answer.headers_mut().insert(CorrelationId::HEADER, header);
        if let Some(problem) = answer.extensions_mut().remove::<Problem>() {
            answer.headers_mut().remove(CONTENT_LENGTH);
            *answer.body_mut() = Body::from(problem.correlated(told).to_json());
        }
    }
    answer
}
