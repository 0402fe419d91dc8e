//! A server, spoken to over HTTP. The token goes to no other origin: redirects are not followed.

use async_trait::async_trait;
use diptych::BoxError;
use futures::StreamExt;
use reqwest::{Client, Url, redirect::Policy};

use super::{Answer, Call, Operator};
use crate::CliError;

/// See the page.
pub(crate) struct There {
    client: Client,
    base: String,
    token: Option<String>,
}

impl There {
    /// The server at this address. Nothing is sent yet.
    ///
    /// # Errors
    /// [`CliError::Url`] where it is none.
    pub(crate) fn at(url: &str, token: Option<&str>) -> Result<Self, CliError> {
        let wrong = |reason: String| CliError::Url { url: url.to_owned(), reason };
        let parsed = Url::parse(url).map_err(|error| wrong(error.to_string()))?;
        if parsed.scheme() != "http" || parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(wrong("it is not the address of an HTTP server".to_owned()));
        }
        let client = Client::builder().redirect(Policy::none()).build();
        let client = client.map_err(|error| wrong(error.to_string()))?;
        let base = parsed.as_str().trim_end_matches('/').to_owned();
        Ok(Self { client, base, token: token.map(str::to_owned) })
    }
}

#[async_trait]
impl Operator for There {
    fn whom(&self) -> String {
        self.base.clone()
    }

    async fn send(&self, call: Call) -> Result<Answer, BoxError> {
        let request = self.client.request(call.method, format!("{}{}", self.base, call.path)).body(call.body);
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let body = answer.bytes_stream().map(|piece| piece.map_err(Into::into)).boxed();
        Ok(Answer { status, body })
    }

    async fn close(&self) -> Result<(), BoxError> {
        Ok(())
    }
}
