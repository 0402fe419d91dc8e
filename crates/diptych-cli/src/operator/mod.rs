//! Who does what an operator asks: a node in this process ([`here`]), or a server elsewhere ([`there`]).
//!
//! Both speak the operator's HTTP API, so every command is written once and shows the same. What only one can do is not here.

mod here;
mod there;

use std::fmt;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use diptych::{App, BoxError};
use futures::{StreamExt, stream::BoxStream};
use http::Method;
use serde_json::Value;

pub(crate) use here::Here;
pub(crate) use there::There;

use crate::{CliError, Settings};

/// A call of the operator's API.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Bytes,
}

/// What comes back: the status, and the body as it comes.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: BoxStream<'static, Result<Bytes, BoxError>>,
}

/// A call that did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OperatorError {
    /// It was refused.
    #[error("{detail}")]
    Refused { status: u16, detail: String },
    /// The server cannot be spoken to, or the answer broke off.
    #[error("speaking to {whom}")]
    Broken { whom: String, source: BoxError },
    /// What came back is nothing that this program understands.
    #[error("{whom} answers what is not understood here; is it a program of this release?")]
    Odd { whom: String, source: BoxError },
}

/// See the page.
#[async_trait]
pub(crate) trait Operator: Send + Sync {
    /// Whom messages name.
    fn whom(&self) -> String;

    /// Makes a call. The status is looked at by whoever asks.
    async fn send(&self, call: Call) -> Result<Answer, BoxError>;

    /// Ends it in order.
    async fn close(&self) -> Result<(), BoxError>;
}

/// The one that the settings name: the server at the URL, or the store itself.
///
/// # Errors
/// [`CliError`] where the store cannot be opened, or the URL is none.
pub(crate) async fn choose(
    url: Option<&str>,
    app: App,
    settings: &Settings,
) -> Result<Box<dyn Operator>, CliError> {
    Ok(match url {
        Some(url) => Box::new(There::at(url, settings.token.as_deref())?),
        None => Box::new(Here::open(app).await?),
    })
}

impl dyn Operator + '_ {
    pub(crate) async fn get(&self, path: &str) -> Result<Value, OperatorError> {
        self.json(Method::GET, path, Bytes::new()).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Bytes>) -> Result<Value, OperatorError> {
        self.json(Method::POST, path, body.into()).await
    }

    async fn json(&self, method: Method, path: &str, body: Bytes) -> Result<Value, OperatorError> {
        let mut stream = self.begun(method, path, body).await?;
        let mut all = BytesMut::new();
        while let Some(piece) = stream.next().await {
            all.extend_from_slice(&piece.map_err(|source| self.broken(source))?);
        }
        serde_json::from_slice(&all)
            .map_err(|error| OperatorError::Odd { whom: self.whom(), source: error.into() })
    }

    /// The lines of an answer as they come.
    pub(crate) async fn lines(
        &self,
        method: Method,
        path: &str,
    ) -> Result<BoxStream<'static, Result<String, OperatorError>>, OperatorError> {
        let stream = self.begun(method, path, Bytes::new()).await?;
        let whom = self.whom();
        let broken = move |source: BoxError| OperatorError::Broken { whom: whom.clone(), source };
        let lines = futures::stream::unfold(
            (stream, BytesMut::new(), broken),
            |(mut stream, mut rest, broken)| async {
                loop {
                    if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                        let line = rest.split_to(end.saturating_add(1));
                        let line =
                            String::from_utf8(line[..end].to_vec()).map_err(|error| broken(error.into()));
                        return Some((line, (stream, rest, broken)));
                    }
                    match stream.next().await {
                        Some(Ok(piece)) => rest.extend_from_slice(&piece),
                        Some(Err(error)) => {
                            let error = Err(broken(error));
                            return Some((
                                error,
                                (futures::stream::empty().boxed(), BytesMut::new(), broken),
                            ));
                        }
                        None => return None,
                    }
                }
            },
        );
        Ok(lines.boxed())
    }

    async fn begun(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<BoxStream<'static, Result<Bytes, BoxError>>, OperatorError> {
        let call = Call { method, path: path.to_owned(), body };
        let Answer { status, mut body } = self.send(call).await.map_err(|source| self.broken(source))?;
        if (200..300).contains(&status) {
            return Ok(body);
        }
        let mut all = BytesMut::new();
        while let Some(Ok(piece)) = body.next().await {
            all.extend_from_slice(&piece);
        }
        let problem: Option<Value> = serde_json::from_slice(&all).ok();
        let detail = problem.as_ref().and_then(|problem| problem["detail"].as_str());
        let detail = detail.map_or_else(|| format!("{} answers {status}", self.whom()), str::to_owned);
        Err(OperatorError::Refused { status, detail })
    }

    fn broken(&self, source: BoxError) -> OperatorError {
        OperatorError::Broken { whom: self.whom(), source }
    }
}

impl fmt::Debug for dyn Operator + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.whom())
    }
}
