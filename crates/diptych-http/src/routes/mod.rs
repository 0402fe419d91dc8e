//! The routes of an application: commands, things, lists and values, each declared once.
//!
//! What is declared here makes the router, the OpenAPI document and the feed of changes. Read [`Thing`] first, then
//! `command.rs` and `view.rs`.

mod command;
mod document;
mod list;
pub(crate) mod path;
mod required;
mod status;
mod stream;
mod value;
mod view;

use std::sync::Arc;

use axum::Router;
use diptych::{Node, QueryError};
use tokio_util::sync::CancellationToken;

pub use command::{Call, CommandRoute};
pub use document::{Documented, Kind, Parameter};
pub use list::{ListCall, ListRoute};
pub use value::{ValueCall, ValueRoute};
pub use view::ThingPaths;

use crate::{
    Problem, Thing, admin::audit::Audit, feed::Feed, openapi::OpenApi, operating::Subscribers, outcome,
    websocket::Sockets,
};

/// What every handler is given.
#[derive(Clone)]
pub struct Serving(Arc<Parts>);

struct Parts {
    node: Node,
    feed: Feed,
    stopping: CancellationToken,
    token: Option<String>,
    documented: Vec<Documented>,
    things: Vec<Thing>,
    root_socket: Option<&'static str>,
    title: &'static str,
    sockets: Sockets,
    openapi: OpenApi,
    audit: Audit,
    subscribers: Subscribers,
}

impl Serving {
    pub(crate) fn node(&self) -> &Node {
        &self.0.node
    }

    pub(crate) fn feed(&self) -> &Feed {
        &self.0.feed
    }

    /// Cancelled once the server stops: whatever streams ends then.
    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    /// The answer to a query; none where the read model has not come so far in time, or the server stops before it has.
    pub(crate) async fn in_time<T>(
        &self,
        asking: impl Future<Output = Result<T, QueryError>>,
    ) -> Result<Option<T>, Problem> {
        let answered = tokio::select! {
            biased;
            answered = asking => answered,
            () = self.stopping().cancelled() => return Ok(None),
        };
        match answered {
            Ok(answered) => Ok(Some(answered)),
            Err(QueryError::NotYet(_)) => Ok(None),
            Err(error) => Err(outcome::of_query(&error)),
        }
    }

    /// The operator's token, if one is set.
    pub(crate) fn token(&self) -> Option<&str> {
        self.0.token.as_deref()
    }

    pub(crate) fn documented(&self) -> &[Documented] {
        &self.0.documented
    }

    pub(crate) fn things(&self) -> &[Thing] {
        &self.0.things
    }

    /// What the application is called.
    pub(crate) fn title(&self) -> &'static str {
        self.0.title
    }

    /// The category whose changes the socket at `/` tells.
    pub(crate) fn root_socket(&self) -> Option<&'static str> {
        self.0.root_socket
    }

    /// The sockets that are open.
    pub(crate) fn sockets(&self) -> &Sockets {
        &self.0.sockets
    }

    /// Who follows changes at present.
    pub(crate) fn subscribers(&self) -> &Subscribers {
        &self.0.subscribers
    }

    /// What operators did.
    pub(crate) fn audit(&self) -> &Audit {
        &self.0.audit
    }

    /// The OpenAPI document, made when it is first asked for.
    pub(crate) fn openapi(&self) -> &OpenApi {
        &self.0.openapi
    }
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serving").field("node", &self.0.node).finish_non_exhaustive()
    }
}

/// The routes of an application.
#[derive(Default)]
pub struct Routes {
    title: Option<&'static str>,
    router: Router<Serving>,
    things: Vec<Thing>,
    documented: Vec<Documented>,
    root_socket: Option<&'static str>,
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Routes").field("things", &self.things).finish_non_exhaustive()
    }
}

impl Routes {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// These and those of another part of the application.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.things.extend(other.things);
        self.documented.extend(other.documented);
        self.root_socket = self.root_socket.or(other.root_socket);
        self.title = self.title.or(other.title);
        self
    }

    /// What the application is called, in the OpenAPI document and on `/docs`.
    #[must_use]
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// The WebSocket at `/` tells the changes of the things of this category; `/ws` tells those of everything.
    #[must_use]
    pub const fn socket_at_root(mut self, category: &'static str) -> Self {
        self.root_socket = Some(category);
        self
    }

    /// Any other router, for what is not commands and queries.
    #[must_use]
    pub fn merge(mut self, router: Router<Serving>) -> Self {
        self.router = self.router.merge(router);
        self
    }

    /// Adds a route and what the OpenAPI document says of it.
    fn route(mut self, documented: Documented, handler: axum::routing::MethodRouter<Serving>) -> Self {
        self.router = self.router.route(documented.path, handler);
        self.documented.push(documented);
        self
    }

    /// Puts them into effect for a node.
    pub(crate) fn serve(
        self,
        node: Node,
        stopping: CancellationToken,
        token: Option<String>,
    ) -> (Router<Serving>, Serving) {
        let feed = Feed::start(&node, &self.things, &stopping);
        let Self { title, router, things, documented, root_socket } = self;
        let title = title.unwrap_or("Diptych");
        let (sockets, openapi, audit) = (Sockets::default(), OpenApi::default(), Audit::default());
        let parts = Parts {
            node,
            feed,
            stopping,
            token,
            documented,
            things,
            root_socket,
            title,
            sockets,
            openapi,
            audit,
            subscribers: Subscribers::default(),
        };
        (router, Serving(Arc::new(parts)))
    }
}
