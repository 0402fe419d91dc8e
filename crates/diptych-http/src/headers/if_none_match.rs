//! `If-None-Match`: answer 304 where I have it already.

use http::HeaderMap;

use super::{ETag, HeaderError, etag::Tags, joined};

/// The tags of the answers that the caller has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfNoneMatch(Tags);

impl IfNoneMatch {
    const HEADER: &'static str = "If-None-Match";

    /// Out of the headers of a request.
    ///
    /// # Errors
    /// [`HeaderError`] where it is neither `*` nor a list of tags.
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, HeaderError> {
        let Some(value) = joined(headers, Self::HEADER) else { return Ok(None) };
        Tags::parse(Self::HEADER, &value).map(|tags| Some(Self(tags)))
    }

    /// Whether the caller has what this tag is of: 304. Compared weakly, as RFC 9110 has it for this header: `W/` is
    /// what proxies that compress put before a tag.
    #[must_use]
    pub fn has(&self, etag: &ETag) -> bool {
        match &self.0 {
            Tags::Any => true,
            Tags::These(tags) => tags.iter().any(|tag| tag.opaque == etag.opaque().as_bytes()),
        }
    }
}
