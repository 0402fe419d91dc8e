//! `application/problem+json` (RFC 9457): the shape of every refusal.
//!
//! [`Problem`] is the shape, `outcomes.rs` has one constructor per outcome of the contract, `fallback.rs` the answers
//! that no handler gives (no such route, no such method, a panic). A problem is rendered once more by
//! [`correlation`](crate::correlation) on its way out, when the correlation id is known; that is why a response made
//! from a problem also carries it as an extension.

mod fallback;
mod outcomes;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

pub use fallback::{method_not_allowed, no_such_route, on_panic};

/// What the media type of every problem is.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A refusal, as it is told to a caller.
///
/// # Example
/// ```
/// use diptych_http::Problem;
///
/// let problem = Problem::version_conflict(7).correlated("0192");
/// let json = serde_json::to_value(&problem).unwrap();
/// assert_eq!(json["status"], 409);
/// assert_eq!(json["currentVersion"], 7);
/// assert_eq!(json["error"], json["title"]);
/// assert_eq!(json["message"], json["detail"]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Problem(Box<Facts>);

/// Boxed, so that a `Result` with a problem in it stays small.
#[derive(Debug, Clone, PartialEq)]
struct Facts {
    status: StatusCode,
    code: Cow<'static, str>,
    title: Cow<'static, str>,
    detail: String,
    correlation_id: Option<String>,
    errors: Vec<At>,
    retry_after: Option<u32>,
    extensions: Map<String, Value>,
}

/// A place of the request that is at fault, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct At {
    #[serde(flatten)]
    place: Place,
    detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    /// A JSON pointer into the body; empty for the whole of it.
    Pointer(String),
    Parameter(String),
    Header(String),
}

impl Problem {
    /// A problem of any kind; the named constructors are for those of the contract.
    ///
    /// `code` is stable, in words joined by hyphens, and becomes the end of `type`.
    #[must_use]
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self(Box::new(Facts {
            status,
            code: code.into(),
            title: title.into(),
            detail: detail.into(),
            correlation_id: None,
            errors: Vec::new(),
            retry_after: None,
            extensions: Map::new(),
        }))
    }

    /// The same with the correlation id of the request that it answers.
    #[must_use]
    pub fn correlated(mut self, id: impl Into<String>) -> Self {
        self.0.correlation_id = Some(id.into());
        self
    }

    /// The same with a member of the problem's own.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.extensions.insert(name.to_owned(), value.into());
        self
    }

    /// The same with the advice to come again after so many seconds: a header and the member `retryAfter`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// The same with another place of the body that is at fault.
    #[must_use]
    pub fn at_pointer(self, pointer: impl ToString, detail: impl Into<String>) -> Self {
        self.at(Place::Pointer(pointer.to_string()), detail)
    }

    /// The same with another query parameter that is at fault.
    #[must_use]
    pub fn at_parameter(self, name: impl Into<String>, detail: impl Into<String>) -> Self {
        self.at(Place::Parameter(name.into()), detail)
    }

    /// The same with another header that is at fault.
    #[must_use]
    pub fn at_header(self, name: impl Into<String>, detail: impl Into<String>) -> Self {
        self.at(Place::Header(name.into()), detail)
    }

    fn at(mut self, place: Place, detail: impl Into<String>) -> Self {
        self.0.errors.push(At { place, detail: detail.into() });
        self
    }

    /// The status it is answered with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What happened, for a person.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The body.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Facts { status, code, title, detail, correlation_id, errors, retry_after, extensions } = &*self.0;
        let wire = Wire {
            r#type: format!("urn:diptych:problem:{code}"),
            title,
            status: status.as_u16(),
            detail,
            correlation_id: correlation_id.as_deref(),
            error: title,
            message: detail,
            errors,
            retry_after: *retry_after,
            extensions,
        };
        wire.serialize(serializer)
    }
}

/// The members in the order in which they are read best.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<&'a str>,
    error: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "<[At]>::is_empty")]
    errors: &'a [At],
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
    #[serde(flatten)]
    extensions: &'a Map<String, Value>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.0.status, self.to_json()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if self.0.status == StatusCode::REQUEST_TIMEOUT {
            // A browser repeats a request by itself when a kept connection answers 408.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if self.0.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}
