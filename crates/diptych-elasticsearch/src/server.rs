//! Speaking HTTP to the server: one client for both engines. What an answer means is told by `failure.rs`.

use std::{fmt, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use diptych_core::{BoxError, Failure};
use http::{
    HeaderValue, Method, Request, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use serde::de::DeserializeOwned;

use crate::{
    failure::{Told, no_answer, unanswered},
    open_error::OpenError,
    options::{Address, ElasticsearchOptions, Kind},
    tls,
};

/// A server, and how it is spoken to.
pub(crate) struct Server {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    address: Address,
    /// Who asks.
    authorization: Option<HeaderValue>,
    pub(crate) prefix: String,
    patience: Duration,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.address)
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    /// It was not reached; it has heard nothing.
    #[error("it cannot be reached")]
    Away(#[source] BoxError),
    /// The connection broke.
    #[error("the connection broke")]
    Broken(#[source] BoxError),
    /// It may still be at it.
    #[error("it has not answered for {0:?}")]
    Silent(Duration),
}

/// What the server answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    body: Bytes,
}

impl Answer {
    /// What the server says is wrong, unless it did what was asked.
    pub(crate) fn told(&self) -> Option<Told> {
        (!self.status.is_success()).then(|| Told::of(self.status.as_u16(), &self.body))
    }

    /// Whether it is the server that says so, not a proxy before it that knows no such path.
    pub(crate) fn is_of_the_server(&self) -> bool {
        serde_json::from_slice::<serde_json::Value>(&self.body)
            .is_ok_and(|body| body.get("found").is_some() || body.get("error").is_some())
    }

    /// The answer to what was asked while `doing` something.
    pub(crate) fn read<T: DeserializeOwned>(&self, doing: &str) -> Result<T, Failure> {
        match self.told() {
            Some(told) => Err(told.failure(doing)),
            None => serde_json::from_slice(&self.body).map_err(|error| no_answer(doing, self.status, error)),
        }
    }
}

impl Server {
    pub(crate) fn new(address: Address, options: ElasticsearchOptions) -> Result<Self, OpenError> {
        let tls = tls::verified(options.root_certificates.as_deref())?;
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(options.patience.min(Duration::from_secs(5))));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        // A connection to a machine that is gone says nothing: it is not kept for ever.
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_timer(TokioTimer::new()).pool_idle_timeout(Duration::from_secs(30));
        let authorization = address.user.as_ref().map(|(user, password)| authorization(user, password));
        let authorization = authorization.transpose()?;
        let ElasticsearchOptions { prefix, patience, .. } = options;
        Ok(Self { client: builder.build(connector), address, authorization, prefix, patience })
    }

    pub(crate) const fn kind(&self) -> Kind {
        self.address.kind
    }

    /// For how long the server may wait for one of its own shards: less than we wait for the server, so that it can say why.
    pub(crate) fn timeout(&self) -> String {
        format!("timeout={}ms", (self.patience / 2).as_millis())
    }

    /// Asks for what begins with a slash; an answer is also one that says no.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> Result<Answer, Unanswered> {
        let answered = tokio::time::timeout(self.patience, self.answer(method, path, body.into()));
        answered.await.unwrap_or(Err(Unanswered::Silent(self.patience)))
    }

    async fn answer(&self, method: Method, path: &str, body: Bytes) -> Result<Answer, Unanswered> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.address.base));
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(body)).map_err(|error| Unanswered::Away(error.into()))?;
        let answer = self.client.request(request).await.map_err(|error| {
            let was_sent = !error.is_connect();
            if was_sent { Unanswered::Broken(error.into()) } else { Unanswered::Away(error.into()) }
        })?;
        let status = answer.status();
        let body = answer.into_body().collect().await;
        let body = body.map_err(|error| Unanswered::Broken(error.into()))?.to_bytes();
        Ok(Answer { status, body })
    }

    /// Asks for what may be asked again, while `doing` something.
    pub(crate) async fn again(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
        doing: &str,
    ) -> Result<Answer, Failure> {
        self.ask(method, path, body).await.map_err(|error| unanswered(doing, error))
    }
}

/// What says who asks; it is not shown.
fn authorization(user: &str, password: &str) -> Result<HeaderValue, OpenError> {
    let value = format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")));
    let mut value: HeaderValue = value.parse().map_err(|_| OpenError::url("user and password do not fit"))?;
    value.set_sensitive(true);
    Ok(value)
}
