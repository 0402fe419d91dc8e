//! What is registered, and how it hangs together.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};

use crate::Serving;

pub(super) async fn show(State(serving): State<Serving>) -> Response {
    Json(serving.node().registered()).into_response()
}
