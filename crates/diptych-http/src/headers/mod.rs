//! The request headers of the contract, one file each, parsed strictly: what is malformed is 400 and named.
//!
//! Each type has `of(&HeaderMap)`, which is `Ok(None)` where the header is absent.

mod bearer;
mod chosen_id;
mod etag;
mod if_match;
mod if_none_match;
mod last_event_id;
mod prefer;

use std::borrow::Cow;

use http::HeaderMap;

pub use bearer::Bearer;
pub use chosen_id::{CorrelationId, IdempotencyKey};
pub use etag::ETag;
pub use if_match::IfMatch;
pub use if_none_match::IfNoneMatch;
pub use last_event_id::LastEventId;
pub use prefer::PreferWait;

/// A malformed header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the header {header}: {detail}")]
pub struct HeaderError {
    /// Its name.
    pub header: &'static str,
    /// What it has to be.
    pub detail: Cow<'static, str>,
}

impl HeaderError {
    pub(crate) fn new(header: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { header, detail: detail.into() }
    }
}

/// The value of a header that may be given once.
fn single<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<Option<&'h str>, HeaderError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(HeaderError::new(name, "must be given once"));
    }
    value.to_str().map(Some).map_err(|_| HeaderError::new(name, "must be visible ASCII characters"))
}

/// The values of a header that may be given several times, which means the same as one list.
fn joined<'h>(headers: &'h HeaderMap, name: &'static str) -> Option<Cow<'h, [u8]>> {
    let values: Vec<&[u8]> = headers.get_all(name).iter().map(http::HeaderValue::as_bytes).collect();
    match values.as_slice() {
        [] => None,
        [one] => Some(Cow::Borrowed(*one)),
        several => Some(Cow::Owned(several.join(&b','))),
    }
}

/// A number written in digits alone; one too large for a `u64` counts as the largest.
fn digits(text: &str) -> Option<u64> {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
