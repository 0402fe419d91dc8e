//! The outcomes of the contract, one constructor each, in the order of their statuses.

use std::borrow::Cow;

use http::StatusCode;

use super::Problem;
use crate::{
    body::{BodyError, LIMIT},
    headers::HeaderError,
    params::ParameterError,
};

impl Problem {
    /// 400: the request cannot be read.
    #[must_use]
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed-request", "Malformed Request", detail)
    }

    /// 401: a token is needed and there is none, or a wrong one.
    #[must_use]
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized", detail)
    }

    /// 403: the caller may not do this, or a foreign page asks for it.
    #[must_use]
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Forbidden", detail)
    }

    /// 404: what the path addresses does not exist.
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not Found", detail)
    }

    /// 408: waited in vain; worth asking again after a second.
    #[must_use]
    pub fn timeout(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "timeout", "Timeout", detail).retry_after(1)
    }

    /// 409: the domain refuses; `code` and `title` name the rule.
    #[must_use]
    pub fn rule(
        code: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self::new(StatusCode::CONFLICT, code, title, detail)
    }

    /// 409: the `version` in the body is not the current one.
    #[must_use]
    pub fn version_conflict(current: u64) -> Self {
        let detail = format!("the current version is {current}: read it and decide again");
        Self::new(StatusCode::CONFLICT, "version-conflict", "Version Conflict", detail)
            .with("currentVersion", current)
    }

    /// 410: what the path addresses was erased.
    #[must_use]
    pub fn gone(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, "gone", "Gone", detail)
    }

    /// 412: `If-Match` does not hold; there is no current version where the thing does not exist.
    #[must_use]
    pub fn precondition_failed(current: Option<u64>) -> Self {
        let (status, code, title) =
            (StatusCode::PRECONDITION_FAILED, "precondition-failed", "Precondition Failed");
        match current {
            Some(version) => {
                Self::new(status, code, title, format!("If-Match is stale: the current version is {version}"))
                    .with("currentVersion", version)
            }
            None => Self::new(status, code, title, "If-Match is given, but the thing does not exist"),
        }
    }

    /// 422: the body's shape, a range, or something it refers to is wrong at this pointer.
    #[must_use]
    pub fn invalid(pointer: impl ToString, detail: impl Into<String>) -> Self {
        let (pointer, detail) = (pointer.to_string(), detail.into());
        let place = if pointer.is_empty() { "the body" } else { &pointer };
        Self::unprocessable(format!("{place}: {detail}")).at_pointer(pointer, detail)
    }

    /// 422: a query parameter is out of range.
    #[must_use]
    pub fn invalid_parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        let (name, detail) = (name.into(), detail.into());
        Self::unprocessable(format!("the query parameter {name}: {detail}")).at_parameter(name, detail)
    }

    fn unprocessable(detail: String) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "validation-failed", "Validation Failed", detail)
    }

    /// 422: the idempotency key was used for another method, path or body.
    #[must_use]
    pub fn key_reused() -> Self {
        let detail = "this Idempotency-Key was used for another request: take a new one";
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency-key-reused",
            "Idempotency Key Reused",
            detail,
        )
        .at_header("Idempotency-Key", detail)
    }

    /// 428: the command must say which version it means.
    #[must_use]
    pub fn precondition_required() -> Self {
        let detail = "give the version you have read, as `version` in the body or as `If-Match`";
        Self::new(StatusCode::PRECONDITION_REQUIRED, "precondition-required", "Precondition Required", detail)
    }

    /// 429: too many requests.
    #[must_use]
    pub fn too_many_requests(retry_after: u32) -> Self {
        let detail = "there are more requests than are taken";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too Many Requests", detail)
            .retry_after(retry_after)
    }

    /// 500: a defect; what it was is in the log and not told.
    #[must_use]
    pub fn unexpected() -> Self {
        let detail = "something unexpected happened; the log has more under the correlation id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "unexpected", "Internal Server Error", detail)
    }

    /// 503: nothing was recorded; the same request may be sent again later.
    #[must_use]
    pub fn unavailable(detail: impl Into<String>, retry_after: u32) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Service Unavailable", detail)
            .retry_after(retry_after)
    }

    /// 504: it is not known whether the command was recorded.
    #[must_use]
    pub fn outcome_unknown() -> Self {
        let detail = "it is not known whether this was recorded: send it again with the same Idempotency-Key";
        Self::new(StatusCode::GATEWAY_TIMEOUT, "outcome-unknown", "Outcome Unknown", detail)
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        let detail = error.to_string();
        match error {
            BodyError::Interrupted => Self::malformed(detail),
            BodyError::Malformed { .. } => {
                Self::malformed(format!("the body is not JSON that is taken: {detail}"))
            }
            BodyError::TooLarge => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "Content Too Large", detail)
                    .with("limit", LIMIT)
            }
            BodyError::Encoded => {
                let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
                Self::new(
                    status,
                    "encoded-body",
                    "Unsupported Media Type",
                    "send the body without Content-Encoding",
                )
            }
            BodyError::Invalid { pointer, detail } => Self::invalid(pointer, detail),
        }
    }
}

impl From<HeaderError> for Problem {
    fn from(error: HeaderError) -> Self {
        Self::malformed(error.to_string()).at_header(error.header, error.detail)
    }
}

impl From<ParameterError> for Problem {
    fn from(error: ParameterError) -> Self {
        match error {
            ParameterError::Malformed { name, detail } => {
                Self::malformed(format!("the query parameter {name}: {detail}")).at_parameter(name, detail)
            }
            ParameterError::Invalid { name, detail } => Self::invalid_parameter(name, detail),
        }
    }
}
