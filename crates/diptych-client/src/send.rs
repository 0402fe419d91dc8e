//! Sending a command so that it happens once, whatever the network does.
//!
//! A [`Command`] gets its idempotency key when it is made, and its bytes are fixed then too. So every attempt, and
//! every later call with the same value, is the same command to the server, which records it once and answers each
//! with the same receipt. Read `retry.rs` for when an attempt is made, `error.rs` for what is transient.

use std::fmt;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use reqwest::{Method, StatusCode};
use serde::Serialize;

use crate::retry::until;
use crate::view::parse;
use crate::{Client, Error, Problem, Receipt, ids};

/// A wish, addressed to a path. Made once, it may be sent any number of times, and happens once.
///
/// ```
/// use diptych_client::Command;
///
/// # fn main() -> Result<(), diptych_client::Error> {
/// let submit = Command::post("/api/orders/ORD-001/submit", ())?.if_match("\"3\"");
/// let key = submit.idempotency_key(); // worth storing, where the program itself may crash
/// # let _ = key;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Command {
    method: Method,
    path: String,
    body: Bytes,
    idempotency_key: String,
    correlation_id: String,
    if_match: Option<String>,
}

impl Command {
    /// `POST`: most commands. A body of `()` is none.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] when the body cannot be written as JSON.
    pub fn post(path: impl Into<String>, body: impl Serialize) -> Result<Self, Error> {
        Self::new(Method::POST, path.into(), body)
    }

    /// `PATCH`: changes of some members.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] when the body cannot be written as JSON.
    pub fn patch(path: impl Into<String>, body: impl Serialize) -> Result<Self, Error> {
        Self::new(Method::PATCH, path.into(), body)
    }

    /// `PUT`: a value set.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] when the body cannot be written as JSON.
    pub fn put(path: impl Into<String>, body: impl Serialize) -> Result<Self, Error> {
        Self::new(Method::PUT, path.into(), body)
    }

    /// `DELETE`: something taken back, or erased.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::with_bytes(Method::DELETE, path.into(), Bytes::new())
    }

    fn new(method: Method, path: String, body: impl Serialize) -> Result<Self, Error> {
        let json = serde_json::to_vec(&body).map_err(|error| Error::BadRequest {
            reason: format!("the body cannot be written as JSON: {error}"),
        })?;
        let body = if json == b"null" { Bytes::new() } else { Bytes::from(json) };
        Ok(Self::with_bytes(method, path, body))
    }

    fn with_bytes(method: Method, path: String, body: Bytes) -> Self {
        let (idempotency_key, correlation_id) = (ids::fresh(), ids::fresh());
        Self { method, path, body, idempotency_key, correlation_id, if_match: None }
    }

    /// Only if the thing is at this version still: a view's [`ETag`](crate::ETag), or `"<version>"` in quotes.
    #[must_use]
    pub fn if_match(self, etag: impl fmt::Display) -> Self {
        Self { if_match: Some(etag.to_string()), ..self }
    }

    /// Makes it part of a conversation that has begun already.
    #[must_use]
    pub fn with_correlation_id(self, id: impl Into<String>) -> Self {
        Self { correlation_id: id.into(), ..self }
    }

    /// Takes up a command that was sent before, maybe by a process that is no more: with its key, and the same
    /// method, path and body.
    #[must_use]
    pub fn with_idempotency_key(self, key: impl Into<String>) -> Self {
        Self { idempotency_key: key.into(), ..self }
    }

    /// The key by which the server knows it again.
    pub fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// The conversation it belongs to.
    pub fn correlation_id(&self) -> &str {
        &self.correlation_id
    }
}

impl Client {
    /// Sends a command until its outcome is known, or the [`RetryPolicy`](crate::RetryPolicy) gives up.
    ///
    /// ```no_run
    /// use diptych_client::{Command, Error};
    ///
    /// # async fn example(shop: diptych_client::Client) -> Result<(), Error> {
    /// let pay = Command::post("/api/orders/ORD-001/pay", ())?;
    /// let receipt = match shop.send(&pay).await {
    ///     Err(Error::Unknown { .. }) => shop.send(&pay).await?, // the same command: it is paid once
    ///     settled => settled?,
    /// };
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] when it may have been recorded; with [`Error::Unreadable`] it was, but the answer is no
    /// receipt. After any other kind nothing was recorded ([`Error::Unexpected`]: the contract does not say).
    pub async fn send(&self, command: &Command) -> Result<Receipt, Error> {
        let (mut attempts, mut open) = (0, false);
        let url = self.url(&command.path)?;
        let again = |error: &Error| {
            attempts += 1;
            open |= error.leaves_outcome_open();
            error.is_transient()
        };
        let sent =
            until(self.policy.deadline(), self.policy.delays(), again, || self.attempt(command, url.clone()));
        sent.await.map_err(|error| match open && error.is_transient() {
            true => Error::Unknown {
                idempotency_key: command.idempotency_key.clone(),
                correlation_id: command.correlation_id.clone(),
                attempts,
                last: Box::new(error),
            },
            false => error,
        })
    }

    /// Makes a `POST` command and sends it. A body of `()` is none.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn post(&self, path: &str, body: impl Serialize) -> Result<Receipt, Error> {
        self.send(&Command::post(path, body)?).await
    }

    /// Makes a `PATCH` command and sends it.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn patch(&self, path: &str, body: impl Serialize) -> Result<Receipt, Error> {
        self.send(&Command::patch(path, body)?).await
    }

    /// Makes a `PUT` command and sends it.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn put(&self, path: &str, body: impl Serialize) -> Result<Receipt, Error> {
        self.send(&Command::put(path, body)?).await
    }

    /// Makes a `DELETE` command and sends it.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn delete(&self, path: &str) -> Result<Receipt, Error> {
        self.send(&Command::delete(path)).await
    }

    async fn attempt(&self, command: &Command, url: reqwest::Url) -> Result<Receipt, Error> {
        let correlation_id = Some(command.correlation_id.as_str());
        let mut request = self
            .request(command.method.clone(), url)
            .header("idempotency-key", &command.idempotency_key)
            .header("x-correlation-id", &command.correlation_id)
            .timeout(self.policy.per_attempt())
            .body(command.body.clone());
        if !command.body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(etag) = &command.if_match {
            request = request.header(IF_MATCH, etag);
        }
        let response = self.answer(request, correlation_id).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(|error| Error::of_connection(error, correlation_id))?;
        if status != StatusCode::ACCEPTED {
            return Err(Error::of(Problem::read(status, &headers, &body, correlation_id)));
        }
        parse(&body, "a receipt", correlation_id)
    }
}
