//! The operator's console, at `/console`: pages rendered here, on what the public HTTP API answers.
//!
//! Invariant: a page asks [`api::Api`] and nothing else. It makes requests of the same router that everybody's requests go
//! to, with the rights of who looks at the page; so the console can do nothing that the public HTTP API cannot, and a call
//! that is refused to its user is refused to the page.
//!
//! [`session`] is who looks, [`frame`] what is around every page, [`sample`] what was measured in the last minutes. Every
//! page has a file. Pages work without JavaScript; `assets/console.js` asks for a page again and swaps the parts that are
//! marked as live.

mod actions;
mod api;
mod assets;
mod chart;
mod correlation;
mod events;
mod figures;
mod frame;
mod json;
mod login;
mod map;
mod overview;
mod projection;
mod projections;
mod sample;
mod session;
mod stream;
mod try_it;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

use crate::Serving;

use api::Api;
use sample::History;

/// What every page is given. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Console(Arc<Parts>);

struct Parts {
    api: Api,
    serving: Serving,
    history: History,
}

impl Console {
    fn api(&self) -> &Api {
        &self.0.api
    }

    /// For the operator's token, what the application is called, and the clock; what pages show comes from [`Api`].
    fn serving(&self) -> &Serving {
        &self.0.serving
    }

    fn history(&self) -> &History {
        &self.0.history
    }
}

/// The pages, on the API that this router answers.
pub(crate) fn routes(api: Router, serving: &Serving) -> Router {
    let (api, history) = (Api::of(api), History::default());
    history.keep(api.clone(), serving);
    let console = Console(Arc::new(Parts { api, serving: serving.clone(), history }));
    Router::new()
        .route("/console", get(overview::show))
        .route("/console/projections", get(projections::show))
        .route(projection::PATH, get(projection::show))
        .route(actions::PATH, post(actions::act))
        .route("/console/events", get(events::show))
        .route("/console/streams", get(stream::find))
        .route(stream::PATH, get(stream::show))
        .route("/console/correlations", get(correlation::find))
        .route(correlation::PATH, get(correlation::show))
        .route("/console/map", get(map::show))
        .route("/console/try", get(try_it::list))
        .route(try_it::PATH, get(try_it::form).post(try_it::send))
        .route("/console/login", get(login::form).post(login::enter))
        .route("/console/logout", post(login::leave))
        .route("/console/theme", post(login::theme))
        .merge(assets::routes())
        .with_state(console)
}
