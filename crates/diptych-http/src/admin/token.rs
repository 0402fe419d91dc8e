//! Who may ask: the holder of the operator's token; where none is set, whoever is on this machine.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};

use crate::{Problem, Serving, guard::Connection, headers::Bearer};

/// The layer around every admin call. No cache keeps what is answered.
pub(super) async fn operators_only(State(serving): State<Serving>, request: Request, next: Next) -> Response {
    let mut answer = match allow(&serving, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn allow(serving: &Serving, request: &Request) -> Result<(), Problem> {
    let Some(token) = serving.token() else {
        let connection = request.extensions().get::<Connection>();
        let is_near = connection.is_some_and(|connection| connection.peer.ip().to_canonical().is_loopback());
        let reason = "no token is set, so this is served to this machine only; set one with --token";
        return if is_near { Ok(()) } else { Err(Problem::forbidden(reason)) };
    };
    let sent = Bearer::of(request.headers())?;
    if sent.is_some_and(|sent| sent.is(token)) {
        Ok(())
    } else {
        Err(Problem::unauthorized("the operator's token is needed: Authorization: Bearer …"))
    }
}
