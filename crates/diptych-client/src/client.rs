//! The client itself: which server, on whose behalf, how patiently; and the one place where requests are sent.
//!
//! Read `send.rs` for commands, `view.rs`, `list.rs` and `follow.rs` for queries, `wait/mod.rs` for what joins them.
//! Invariants: no request ever leaves for another origin than the one given (paths are only ever appended to it, and
//! redirects are not followed), so the token stays where it belongs; and the token is never printed.

use std::fmt;
use std::time::Duration;

use reqwest::header::AUTHORIZATION;
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response, Url};

use crate::{Error, Problem, RetryPolicy};

/// After how long without traffic an open connection is probed, so that a peer that vanished is noticed.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// A client of one Diptych application. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<Token>,
    pub(crate) policy: RetryPolicy,
}

/// A secret that stays out of logs.
#[derive(Clone)]
struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Client {
    /// A client of the application at `base`: an origin, with a path before all others if it is served under one.
    ///
    /// ```
    /// use diptych_client::{Client, RetryPolicy};
    ///
    /// # fn main() -> Result<(), diptych_client::Error> {
    /// let shop = Client::new("http://127.0.0.1:3000")?.token("secret").retry(RetryPolicy::default().attempts(10));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] when `base` is not such an address.
    pub fn new(base: &str) -> Result<Self, Error> {
        let bad = |reason: String| Error::BadRequest { reason };
        let url = Url::parse(base).map_err(|error| bad(format!("{base:?} is no address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
            return Err(bad(format!("{base:?} is not the address of an HTTP server")));
        }
        let http = reqwest::Client::builder().redirect(Policy::none()).tcp_keepalive(KEEPALIVE);
        let http = http.build().map_err(|error| Error::of_connection(error, None))?;
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { http, base, token: None, policy: RetryPolicy::default() })
    }

    /// Sends a token with every request.
    #[must_use]
    pub fn token(self, token: impl Into<String>) -> Self {
        Self { token: Some(Token(token.into())), ..self }
    }

    /// Replaces the policy by which calls are made again.
    #[must_use]
    pub fn retry(self, policy: RetryPolicy) -> Self {
        Self { policy, ..self }
    }

    /// The address of a path at this server.
    pub(crate) fn url(&self, path: &str) -> Result<Url, Error> {
        let bad =
            |reason: &dyn fmt::Display| Error::BadRequest { reason: format!("path {path:?}: {reason}") };
        if !path.starts_with('/') {
            return Err(bad(&"does not begin with a slash"));
        }
        Url::parse(&format!("{}{path}", self.base)).map_err(|error| bad(&error))
    }

    /// A request, on behalf of whom the client acts for.
    pub(crate) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let request = self.http.request(method, url);
        match self.authorization() {
            Some((name, value)) => request.header(name, value),
            None => request,
        }
    }

    /// The header that says on whose behalf.
    pub(crate) fn authorization(&self) -> Option<(reqwest::header::HeaderName, String)> {
        self.token.as_ref().map(|Token(token)| (AUTHORIZATION, format!("Bearer {token}")))
    }

    /// Sends a request, and gives its answer when that is a success.
    pub(crate) async fn answer(
        &self,
        request: RequestBuilder,
        correlation_id: Option<&str>,
    ) -> Result<Response, Error> {
        let lost = |error| Error::of_connection(error, correlation_id);
        let response = request.send().await.map_err(lost)?;
        let (status, headers) = (response.status(), response.headers().clone());
        if status.is_success() {
            return Ok(response);
        }
        let body = response.bytes().await.map_err(lost)?;
        Err(Error::of(Problem::read(status, &headers, &body, correlation_id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_to_another_server() {
        let client = Client::new("http://shop.example:3000/").unwrap();
        for path in ["//elsewhere.example/", "/\\elsewhere.example", "/@elsewhere.example", "/../../x"] {
            assert_eq!(client.url(path).unwrap().host_str(), Some("shop.example"), "{path}");
        }
        for path in
            ["", "elsewhere", "http://elsewhere.example/", "@elsewhere.example", ".elsewhere.example/"]
        {
            assert!(matches!(client.url(path), Err(Error::BadRequest { .. })), "{path}");
        }
    }

    #[test]
    fn an_application_may_be_served_under_a_path() {
        let client = Client::new("http://shop.example/diptych/").unwrap();
        assert_eq!(
            client.url("/api/orders?page=2").unwrap().as_str(),
            "http://shop.example/diptych/api/orders?page=2"
        );
    }

    #[test]
    fn an_address_that_is_none_of_an_http_server_is_refused() {
        for base in ["", "shop", "/api", "ftp://shop.example", "http://shop.example/?q=1"] {
            assert!(matches!(Client::new(base), Err(Error::BadRequest { .. })), "{base}");
        }
    }

    #[test]
    fn the_token_is_not_printed() {
        let client = Client::new("http://shop.example").unwrap().token("secret");
        assert!(!format!("{client:?}").contains("secret"));
    }
}
