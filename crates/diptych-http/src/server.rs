//! The server: listens, guards, limits connections, and stops in order.
//!
//! What a connection may cost is bounded: so many at once, so long for a request's head, so long for its body, so long
//! for a client to take what it is sent. What streams ends when the server stops, so that stopping takes seconds, not as
//! long as the last client likes.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use axum::{Router, extract::Request, middleware, response::Response};
use diptych::Node;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_io_timeout::TimeoutStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    Guard, GuardError, Routes, Serving, admin, console, correlation, docs,
    guard::{self, Connection},
    headers::CorrelationId,
    linger, openapi,
    operating::{self, HttpMeters},
    problem,
    rate::{self, Rate},
    websocket::{self, Sockets},
};

/// The port where nothing else is said.
pub const DEFAULT_PORT: u16 = 3000;
/// How long what is in flight may take once the server stops.
const FINISH: Duration = Duration::from_secs(8);

/// How a server listens and whom it answers.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Where it listens; empty means [`DEFAULT_PORT`] on both loopback addresses.
    pub listen: Vec<SocketAddr>,
    /// The operator's token; without one, admin calls are served to loopback only.
    pub token: Option<String>,
    /// Names it answers to beside the loopback's and its addresses.
    pub names: Vec<String>,
    /// Origins of pages that may send commands beside its own.
    pub origins: Vec<String>,
    /// How many connections at once; more wait to be accepted.
    pub connections: usize,
    /// How long a request's head may take, how long a connection may be idle, and how long a client may take nothing of
    /// what it is sent. Whoever is slower is cut.
    pub patience: Duration,
    /// How many requests a second; over it they are answered 429. None means without limit.
    pub rate: Option<NonZeroU32>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            token: None,
            names: Vec::new(),
            origins: Vec::new(),
            connections: 4_096,
            patience: Duration::from_secs(30),
            rate: None,
        }
    }
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address is taken, or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A name or an origin that cannot be configured.
    #[error(transparent)]
    Guard(#[from] GuardError),
}

/// A server that listens and has not begun to answer.
pub struct Server {
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
    router: Router,
    connections: Arc<Semaphore>,
    patience: Duration,
    stopping: CancellationToken,
    sockets: Sockets,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

impl Server {
    /// Listens for the routes of an application.
    ///
    /// # Errors
    /// [`ServeError`] where an address is taken, or a name or origin is none.
    pub async fn bind(node: Node, routes: Routes, options: ServerOptions) -> Result<Self, ServeError> {
        let listeners = listen(&options.listen).await?;
        let addresses: Vec<_> = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
        let mut guard = Guard::bound_to(addresses.iter().copied());
        for name in &options.names {
            guard = guard.and_name(name)?;
        }
        for origin in &options.origins {
            guard = guard.and_origin(origin)?;
        }
        let stopping = CancellationToken::new();
        let drawing = node.clone();
        let draw = correlation::Draw::new(move || draw(&drawing));
        let (router, serving) = routes.serve(node, stopping.clone(), options.token);
        let meters = HttpMeters::among(serving.node().meters(), serving.subscribers());
        let sockets = serving.sockets().clone();
        let router = router.merge(own_routes(&serving)).with_state(serving.clone());
        // The console asks the same routes, inside of whatever is around them for callers from outside.
        let api = router.clone().layer(middleware::from_fn_with_state(draw.clone(), correlation::layer));
        let router = router
            .merge(console::routes(api, &serving))
            .fallback(problem::no_such_route)
            .method_not_allowed_fallback(problem::method_not_allowed)
            .layer(CatchPanicLayer::custom(problem::on_panic));
        let router = match options.rate.map(Rate::per_second) {
            Some(rate) => router.layer(middleware::from_fn_with_state(rate, rate::layer)),
            None => router,
        };
        let router = router
            .layer(middleware::from_fn_with_state(Arc::new(guard), guard::layer))
            .layer(middleware::from_fn_with_state(meters, operating::measure))
            .layer(middleware::from_fn_with_state(draw, correlation::layer));
        let connections = Arc::new(Semaphore::new(options.connections));
        Ok(Self { listeners, addresses, router, connections, patience: options.patience, stopping, sockets })
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Answers until `stop` is there; then stops accepting, ends the streams, and finishes what is in flight, within
    /// eight seconds.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let tracker = TaskTracker::new();
        let accepting = CancellationToken::new();
        for listener in self.listeners {
            let accept = Accept {
                listener,
                router: self.router.clone(),
                connections: Arc::clone(&self.connections),
                patience: self.patience,
                stopping: self.stopping.clone(),
                tracker: tracker.clone(),
            };
            let accepting = accepting.clone();
            tracker.spawn(async move {
                tokio::select! {
                    () = accepting.cancelled() => {}
                    () = accept.run() => {}
                }
            });
        }
        stop.await;
        accepting.cancel();
        self.stopping.cancel();
        tracker.close();
        let ended = async { tokio::join!(tracker.wait(), self.sockets.ended()) };
        if tokio::time::timeout(FINISH, ended).await.is_err() {
            tracing::warn!("some connections did not finish in time and are cut");
        }
    }
}

/// What every application has beside its own routes.
fn own_routes(serving: &Serving) -> Router<Serving> {
    websocket::routes()
        .merge(operating::routes())
        .merge(admin::routes(serving))
        .merge(openapi::routes())
        .merge(docs::routes())
}

/// A fresh correlation id; a UUID has only characters that one may have.
#[allow(clippy::expect_used, reason = "a UUID keeps the rules of correlation ids")]
fn draw(node: &Node) -> CorrelationId {
    node.ids().draw().to_string().parse().expect("a UUID keeps the rules of correlation ids")
}

async fn listen(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, ServeError> {
    if addresses.is_empty() {
        return listen_on_loopback(DEFAULT_PORT).await;
    }
    let mut listeners = Vec::new();
    for address in addresses {
        listeners.push(bind(*address).await?);
    }
    Ok(listeners)
}

/// Both loopback addresses; a machine without IPv6 has one.
async fn listen_on_loopback(port: u16) -> Result<Vec<TcpListener>, ServeError> {
    let v4 = bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)).await?;
    match bind(SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), port)).await {
        Ok(v6) => Ok(vec![v4, v6]),
        Err(ServeError::Listen { source, .. }) if source.kind() == std::io::ErrorKind::AddrNotAvailable => {
            Ok(vec![v4])
        }
        Err(error) => Err(error),
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })
}

struct Accept {
    listener: TcpListener,
    router: Router,
    connections: Arc<Semaphore>,
    patience: Duration,
    stopping: CancellationToken,
    tracker: TaskTracker,
}

impl Accept {
    async fn run(self) {
        loop {
            let Ok(permit) = Arc::clone(&self.connections).acquire_owned().await else { return };
            match self.listener.accept().await {
                Ok((stream, peer)) => self.serve(stream, peer, permit),
                Err(error) => {
                    // Mostly out of descriptors: others will be given back.
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn serve(&self, stream: TcpStream, peer: SocketAddr, permit: OwnedSemaphorePermit) {
        let local = match stream.local_addr().and_then(|local| stream.set_nodelay(true).map(|()| local)) {
            Ok(local) => local,
            Err(error) => {
                tracing::debug!(%error, "a connection went away at once");
                return;
            }
        };
        let router = self.router.clone();
        let connection = Connection { local, peer };
        let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            let router = router.clone();
            async move { Ok::<_, Infallible>(answer(router, request, connection).await) }
        });
        // A client that stops reading would else keep its connection, and what it was to be sent, for ever.
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.patience));
        let served = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.patience)
            .serve_connection(TokioIo::new(Box::pin(stream)), service)
            .with_upgrades();
        let stopping = self.stopping.clone();
        self.tracker.spawn(async move {
            let mut served = std::pin::pin!(served);
            let ended = tokio::select! {
                ended = served.as_mut() => ended,
                () = stopping.cancelled() => {
                    served.as_mut().graceful_shutdown();
                    served.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, %peer, "a connection ended early");
            }
            drop(permit);
        });
    }
}

async fn answer(router: Router, request: hyper::Request<Incoming>, connection: Connection) -> Response {
    let (head, body) = request.into_parts();
    let body = linger::lingering(&head.headers, body);
    let mut request = Request::from_parts(head, body);
    request.extensions_mut().insert(connection);
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
