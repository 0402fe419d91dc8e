//! What a refusing server says of its refusal: problem details (RFC 9457).
//!
//! Reading is forgiving: a proxy that answers with a page of HTML, or a server that leaves members out, still gives
//! a [`Problem`] with the status and what text there was. Read `error.rs` for the kinds that are made of it.

use std::fmt;
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;

/// How much of a body that is no problem document is kept as its detail, in characters.
const EXCERPT: usize = 200;

/// An `application/problem+json` body, with what the headers of the answer add to it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Problem {
    /// Which problem it is, stable, for programs: the rule that refused, for a rejection. `about:blank` when only
    /// the status says it.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short name of the problem, for people.
    pub title: String,
    /// The status of the answer, 4xx or 5xx.
    pub status: u16,
    /// What is the matter this time, for people.
    pub detail: String,
    /// The conversation it belongs to: the server's word, else the id that the client sent.
    pub correlation_id: Option<String>,
    /// The places that are at fault; empty when none is.
    pub errors: Vec<FieldError>,
    /// The revision that the thing has now, told when the caller's was stale.
    pub current_version: Option<u64>,
    /// How long to leave the server alone, in seconds; from `Retry-After` or the body.
    pub retry_after: Option<u64>,
}

/// One place in a request that is at fault.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct FieldError {
    /// Where in the body, as a JSON pointer (`/items/0/quantity`; the empty string is the whole body).
    pub pointer: Option<String>,
    /// The query parameter at fault.
    pub parameter: Option<String>,
    /// The header at fault.
    pub header: Option<String>,
    /// What is wrong with it, for people.
    pub detail: String,
}

impl Problem {
    /// Reads an answer that is not a success. `sent` is the correlation id of the request, if it had one.
    pub(crate) fn read(
        status: reqwest::StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        sent: Option<&str>,
    ) -> Self {
        let mut problem = serde_json::from_slice::<Self>(body).unwrap_or_else(|_| Self {
            detail: String::from_utf8_lossy(body).chars().take(EXCERPT).collect(),
            ..Self::default()
        });
        problem.status = status.as_u16();
        if problem.kind.is_empty() {
            problem.kind = "about:blank".to_owned();
        }
        if problem.title.is_empty() {
            problem.title = status.canonical_reason().unwrap_or("Unexpected answer").to_owned();
        }
        problem.correlation_id = problem
            .correlation_id
            .or_else(|| text(headers, "x-correlation-id"))
            .or_else(|| sent.map(ToOwned::to_owned));
        problem.retry_after = retry_after(headers).map(|delay| delay.as_secs()).or(problem.retry_after);
        problem
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.title, self.status)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        self.errors.iter().try_for_each(|error| write!(f, "; {error}"))
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.pointer.as_ref().or(self.parameter.as_ref()).or(self.header.as_ref());
        match place {
            Some(place) => write!(f, "{place}: {}", self.detail),
            None => f.write_str(&self.detail),
        }
    }
}

/// `Retry-After` in its form of seconds. The form of a date is taken as absent: the own back-off then counts.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// A header as text.
pub(crate) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(ToOwned::to_owned)
}
