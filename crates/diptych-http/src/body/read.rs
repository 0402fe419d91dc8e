//! Reading a body off the wire without holding more of it than is allowed.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::BodyError;

/// The most bytes a body may have: 1 MiB.
pub const LIMIT: usize = 1024 * 1024;

/// How long a whole body may take to come. Who is slower holds a connection for nothing.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Reads a whole body. What it is said to be (`Content-Type`) is not looked at.
///
/// # Errors
/// [`BodyError::Encoded`] for any `Content-Encoding`, `identity` too; [`BodyError::TooLarge`] as soon as more than
/// [`LIMIT`] bytes are announced or have come; [`BodyError::Interrupted`] when the peer goes away, breaks
/// HTTP, or takes longer than 30 s.
pub async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, BodyError> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(BodyError::Encoded);
    }
    if announced(headers).is_some_and(|length| length > LIMIT) {
        return Err(BodyError::TooLarge);
    }
    let Ok(read) = tokio::time::timeout(PATIENCE, Limited::new(body, LIMIT).collect()).await else {
        return Err(BodyError::Interrupted);
    };
    match read {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Err(_) => Err(BodyError::Interrupted),
    }
}

/// The announced length; one too large for a `usize` is as good as the largest.
fn announced(headers: &HeaderMap) -> Option<usize> {
    let text = headers.get(header::CONTENT_LENGTH)?.to_str().ok()?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(usize::MAX))
}
