//! The answers that no handler gives.

use std::any::Any;

use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, Uri};

use super::Problem;

/// 404 for a path that is no route: `Router::fallback`.
pub async fn no_such_route(uri: Uri) -> Problem {
    Problem::not_found(format!("there is nothing at {}", uri.path()))
}

/// 405 for a method that the path does not take: `Router::method_not_allowed_fallback`. axum adds `Allow`.
pub async fn method_not_allowed(method: Method) -> Problem {
    let detail = format!("{method} is not taken here; the header Allow says what is");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method Not Allowed", detail)
}

/// 500 for a handler that panicked: `CatchPanicLayer::custom`.
#[allow(clippy::needless_pass_by_value, reason = "the signature is tower-http's")]
pub fn on_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("of unknown kind"), "a request panicked");
    Problem::unexpected().into_response()
}
