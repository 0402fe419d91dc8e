//! Entity tags (RFC 9110, section 8.8.3): what this server makes, and lists of them as callers send.

use std::fmt;

use http::HeaderValue;
use sha2::{Digest, Sha256};

use super::HeaderError;

/// The tag of what a query has answered; always strong.
///
/// # Example
/// ```
/// use diptych_http::headers::ETag;
///
/// assert_eq!(ETag::of_view(3, 42).to_string(), r#""3-42""#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// The tag of one thing: its version, and the position of the last change that the view holds.
    #[must_use]
    pub fn of_view(version: u64, position: u64) -> Self {
        Self(format!("{version}-{position}"))
    }

    /// The tag of what has no version, such as a list or a statistic: the position of its last change. Never equal to
    /// one of a view, and no version for `If-Match`.
    #[must_use]
    pub fn of_rows(position: u64) -> Self {
        Self(format!("p{position}"))
    }

    /// The tag of what never changes while the server runs, such as a script: a hash of its bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        Self(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    /// The tag without its quotes.
    #[must_use]
    pub fn opaque(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

impl From<&ETag> for HeaderValue {
    fn from(etag: &ETag) -> Self {
        // Digits, a letter and quotes: always a header value.
        Self::from_str(&etag.to_string()).unwrap_or_else(|_| Self::from_static("\"\""))
    }
}

/// A tag that a caller has sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SentTag {
    pub(super) weak: bool,
    pub(super) opaque: Vec<u8>,
}

/// What `If-Match` and `If-None-Match` have in common: `*`, or a list of tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tags {
    Any,
    These(Vec<SentTag>),
}

impl Tags {
    pub(super) fn parse(header: &'static str, value: &[u8]) -> Result<Self, HeaderError> {
        if value.trim_ascii() == b"*" {
            return Ok(Self::Any);
        }
        match list(value) {
            Some(tags) if !tags.is_empty() => Ok(Self::These(tags)),
            Some(_) | None => Err(HeaderError::new(header, "must be * or a list of tags in double quotes")),
        }
    }
}

/// The list rule of RFC 9110, section 5.6.1.2: empty elements between commas are passed over.
fn list(mut rest: &[u8]) -> Option<Vec<SentTag>> {
    let mut tags = Vec::new();
    loop {
        rest = rest.trim_ascii_start();
        if let Some(after) = rest.strip_prefix(b",") {
            rest = after;
            continue;
        }
        if rest.is_empty() {
            return Some(tags);
        }
        let (tag, after) = tag(rest)?;
        tags.push(tag);
        rest = after.trim_ascii_start();
        if !rest.is_empty() && !rest.starts_with(b",") {
            return None;
        }
    }
}

fn tag(text: &[u8]) -> Option<(SentTag, &[u8])> {
    let (weak, quoted) = text.strip_prefix(b"W/").map_or((false, text), |rest| (true, rest));
    let inside = quoted.strip_prefix(b"\"")?;
    let end = inside.iter().position(|byte| *byte == b'"')?;
    let (opaque, after) = inside.split_at_checked(end)?;
    let allowed = |byte: &u8| matches!(byte, 0x21 | 0x23..=0x7E | 0x80..);
    let tag = SentTag { weak, opaque: opaque.to_vec() };
    opaque.iter().all(allowed).then_some((tag, after.get(1..)?))
}
