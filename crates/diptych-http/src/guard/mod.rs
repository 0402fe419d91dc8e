//! The guard at the door: which names the server answers to, and which pages may send it commands.
//!
//! Bodies are JSON whatever `Content-Type` says, so a browser lets any page send a command without asking first. Two
//! rules make up for it. A request whose `Host` is not one of our names is 403: a page elsewhere that points its own name
//! at this machine gets nowhere. And what changes something, asks the operator's calls or opens a WebSocket is 403 when
//! a foreign page asks for it. No `Origin` at all is fine: no page is behind it.
//!
//! The names are in `host.rs`, the origins in `origin.rs`. The layer goes around everything, fallbacks too.

mod host;
mod origin;
#[cfg(test)]
mod tests;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, header, request::Parts};

use crate::Problem;
use host::{Authority, Name};
use origin::Origin;

/// Between which addresses a request came. Whoever accepts connections puts it among the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// Ours.
    pub local: SocketAddr,
    /// The caller's.
    pub peer: SocketAddr,
}

/// A name or an origin that cannot be configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// It is no host name or address.
    #[error("`{0}` is no host name or address; one looks like shop.example")]
    Name(String),
    /// It is no origin.
    #[error("`{0}` is no origin; one looks like https://shop.example")]
    Origin(String),
}

/// What the server answers to.
///
/// # Example
/// ```
/// use diptych_http::Guard;
///
/// let guard = Guard::bound_to(["127.0.0.1:3000".parse().unwrap()])
///     .and_name("shop.example")?
///     .and_origin("https://admin.example")?;
/// # Ok::<_, diptych_http::GuardError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Guard {
    bound: Vec<SocketAddr>,
    names: Vec<Name>,
    origins: Vec<Origin>,
}

impl Guard {
    /// Answers to all loopback names and to the addresses that are listened on.
    pub fn bound_to(addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        Self { bound: addresses.into_iter().collect(), names: Vec::new(), origins: Vec::new() }
    }

    /// Also to a name, and to pages from there: over `http` or `https`, on the standard port or the one in use.
    ///
    /// # Errors
    /// [`GuardError`] where it is no name; a port is not part of one.
    pub fn and_name(mut self, name: &str) -> Result<Self, GuardError> {
        let authority =
            Authority::parse(name).filter(|authority| authority.port.is_none() && !name.is_empty());
        self.names.push(authority.ok_or_else(|| GuardError::Name(name.to_owned()))?.name);
        Ok(self)
    }

    /// Also to pages of an origin, though the server does not have its name.
    ///
    /// # Errors
    /// [`GuardError`] where it is no origin.
    pub fn and_origin(mut self, origin: &str) -> Result<Self, GuardError> {
        self.origins.push(Origin::parse(origin).ok_or_else(|| GuardError::Origin(origin.to_owned()))?);
        Ok(self)
    }

    /// Judges a request by its head.
    ///
    /// # Errors
    /// The problem to answer with: 400 for a malformed `Host`, 403 for a foreign one, 403 for a foreign page.
    pub fn judge(&self, head: &Parts) -> Result<(), Problem> {
        let hosts = hosts(head)?;
        let connection = head.extensions.get::<Connection>();
        if !hosts.iter().all(|host| self.answers_to(&host.name, connection)) {
            return Err(Problem::forbidden(
                "this server does not answer to that Host; more names can be configured",
            ));
        }
        if hosts.is_empty() && !self.is_on_loopback(connection) {
            return Err(Problem::forbidden("a Host is needed"));
        }
        if !is_guarded(head) {
            return Ok(());
        }
        let cross_site = |value: &[u8]| value.trim_ascii().eq_ignore_ascii_case(b"cross-site");
        if values(&head.headers, "sec-fetch-site").any(cross_site) {
            return Err(Problem::forbidden("pages of other sites may not ask for this"));
        }
        let own = |value: &[u8]| {
            let origin = std::str::from_utf8(value).ok().and_then(Origin::parse);
            origin.is_some_and(|origin| self.is_own(&origin, hosts.first(), connection))
        };
        if !values(&head.headers, "origin").all(own) {
            return Err(Problem::forbidden(
                "pages of this Origin may not ask for this; more can be configured",
            ));
        }
        Ok(())
    }

    fn answers_to(&self, name: &Name, connection: Option<&Connection>) -> bool {
        name.is_loopback() || self.names.contains(name) || self.is_bound(name, connection)
    }

    /// Whether it is an address that is listened on; where that is "all", the one that this request came to.
    fn is_bound(&self, name: &Name, connection: Option<&Connection>) -> bool {
        let local = connection.map(|connection| connection.local.ip());
        let all = self.bound.iter().any(|address| address.ip().is_unspecified());
        self.bound.iter().any(|address| name.is(address.ip()))
            || all && local.is_some_and(|local| name.is(local))
    }

    fn is_on_loopback(&self, connection: Option<&Connection>) -> bool {
        match connection {
            Some(connection) => connection.peer.ip().to_canonical().is_loopback(),
            None => self.bound.iter().all(|address| address.ip().to_canonical().is_loopback()),
        }
    }

    fn is_own(&self, origin: &Origin, host: Option<&Authority>, connection: Option<&Connection>) -> bool {
        let port = connection.map(|connection| connection.local.port());
        let listened =
            port == Some(origin.port) || self.bound.iter().any(|address| address.port() == origin.port);
        // Behind a forwarded port the caller's view of our port is in `Host` alone.
        let on_the_port = listened || host.is_some_and(|host| host.port_for(origin) == origin.port);
        if self.origins.contains(origin) {
            return true;
        }
        if self.names.contains(&origin.name) {
            return on_the_port || origin.is_on_standard_port();
        }
        let near = host.is_none_or(|host| host.name.is_loopback());
        let named = near && origin.name.is_loopback()
            || host.is_some_and(|host| host.name == origin.name)
            || self.is_bound(&origin.name, connection) && !origin.name.is_loopback();
        !origin.secure && on_the_port && named
    }
}

/// The layer: `axum::middleware::from_fn_with_state(Arc::new(guard), guard::layer)`.
pub async fn layer(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    match guard.judge(&head) {
        Ok(()) => next.run(Request::from_parts(head, body)).await,
        Err(problem) => problem.into_response(),
    }
}

/// Whom the request is for: in the request line (a proxy's form, HTTP/2) and in `Host`.
fn hosts(head: &Parts) -> Result<Vec<Authority>, Problem> {
    let malformed =
        |detail: &str| Problem::malformed(format!("the header Host: {detail}")).at_header("Host", detail);
    if values(&head.headers, "host").count() > 1 {
        return Err(malformed("must be given once"));
    }
    let line = head.uri.authority().map(|authority| authority.as_str().as_bytes());
    let all = line.into_iter().chain(values(&head.headers, "host"));
    let parse = |value: &[u8]| std::str::from_utf8(value).ok().and_then(Authority::parse);
    all.map(|value| parse(value).ok_or_else(|| malformed("must be a name or an address, and a port")))
        .collect()
}

/// Commands, the operator's calls and WebSockets: what a foreign page may not ask for.
fn is_guarded(head: &Parts) -> bool {
    let path = head.uri.path();
    let is_command = !matches!(head.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let is_admin = path == "/api/admin" || path.starts_with("/api/admin/");
    let is_socket = values(&head.headers, header::UPGRADE.as_str()).any(|value| {
        value.split(|byte| *byte == b',').any(|one| one.trim_ascii().eq_ignore_ascii_case(b"websocket"))
    });
    is_command || is_admin || is_socket
}

fn values<'h>(headers: &'h HeaderMap, name: &'static str) -> impl Iterator<Item = &'h [u8]> {
    headers.get_all(name).iter().map(http::HeaderValue::as_bytes)
}
