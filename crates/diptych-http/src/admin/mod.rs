//! The operator's calls, below `/api/admin`: [`projections`] and what is in the log, by [`events`], [`streams`] and
//! [`correlations`]; what is registered, by [`map`]; what operators did, by [`audit`].
//!
//! None is answered without [`token::operators_only`]. Personal data is never opened here: a sealed value is shown as
//! `{ "sealed": true }` ([`shown`]).

pub(crate) mod audit;
mod check;
mod cloud;
mod comparison;
mod correlations;
mod events;
mod exchange;
mod here;
mod log;
mod map;
mod projections;
mod shown;
mod streams;
mod token;

use axum::{
    Router, middleware,
    routing::{any, get, post},
};

use crate::{Serving, problem};

pub use here::OperatorHere;

/// For those who are let in: the holder of the token, or whoever is near.
pub(crate) fn routes(serving: &Serving) -> Router<Serving> {
    open().layer(middleware::from_fn_with_state(serving.clone(), token::operators_only))
}

fn open() -> Router<Serving> {
    Router::new()
        .route("/api/admin/projections", get(projections::list))
        .route(projections::ONE, get(projections::show))
        .route(projections::PARKED, get(projections::parked))
        .route(projections::VERIFY, post(projections::verify))
        .route(projections::OPERATE, post(projections::operate))
        .route("/api/admin/events", get(events::list))
        .route("/api/admin/export", get(exchange::export))
        .route("/api/admin/import", post(exchange::import))
        .route("/api/admin/check", post(check::check))
        .route(streams::LIST, get(streams::list))
        .route(streams::PATH, get(streams::show))
        .route(correlations::PATH, get(correlations::show))
        .route("/api/admin/map", get(map::show))
        .route("/api/admin/audit", get(audit::list))
        .route("/api/admin", any(problem::no_such_route))
        .route("/api/admin/{*rest}", any(problem::no_such_route))
        .method_not_allowed_fallback(problem::method_not_allowed)
}
