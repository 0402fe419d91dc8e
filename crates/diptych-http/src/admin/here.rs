//! The operator's calls in this very process, without a socket: what a command line is given that works on a store directly.
//!
//! They are the same handlers that answer over HTTP, so both answer the same. Nobody is asked for a token: who can open the store
//! can do anything with it.

use axum::{Router, body::Body, response::Response};
use diptych::Node;
use http::Request;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{Routes, problem};

/// See the page.
#[derive(Clone, Debug)]
pub struct OperatorHere(Router);

impl OperatorHere {
    /// The operator's calls on a node.
    #[must_use]
    pub fn of(node: Node) -> Self {
        let (_, serving) = Routes::new().serve(node, CancellationToken::new(), None);
        Self(super::open().with_state(serving).fallback(problem::no_such_route))
    }

    /// Answers a request: a path below `/api/admin`, as over HTTP.
    pub async fn answer(&self, request: Request<Body>) -> Response {
        match self.0.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }
}
