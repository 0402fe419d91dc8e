//! `If-Match`: do it only to the version that I have read.

use http::HeaderMap;

use super::{
    HeaderError,
    etag::{SentTag, Tags},
    joined,
};

/// What `If-Match` demands.
///
/// Only the versions of tags count: those of `"<version>-<position>"` and `"<version>"`. Weak tags, and tags that are
/// not this server's, are well formed and never match.
///
/// # Example
/// ```
/// use diptych_http::headers::IfMatch;
///
/// let headers = [(http::header::IF_MATCH, r#""3-42", "7""#.parse().unwrap())].into_iter().collect();
/// let demand = IfMatch::of(&headers).unwrap().unwrap();
/// assert!(demand.holds_for(Some(3)) && demand.holds_for(Some(7)));
/// assert!(!demand.holds_for(Some(4)) && !demand.holds_for(None));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: that it exists.
    Exists,
    /// That its version is one of these; none of the tags may have had one.
    Versions(Vec<u64>),
}

impl IfMatch {
    const HEADER: &'static str = "If-Match";

    /// Out of the headers of a request.
    ///
    /// # Errors
    /// [`HeaderError`] where it is neither `*` nor a list of tags.
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, HeaderError> {
        let Some(value) = joined(headers, Self::HEADER) else { return Ok(None) };
        Ok(Some(match Tags::parse(Self::HEADER, &value)? {
            Tags::Any => Self::Exists,
            Tags::These(tags) => Self::Versions(tags.iter().filter_map(version).collect()),
        }))
    }

    /// Whether the demand is met; `None` where the thing does not exist. Where not, the answer is 412.
    #[must_use]
    pub fn holds_for(&self, current: Option<u64>) -> bool {
        match self {
            Self::Exists => current.is_some(),
            Self::Versions(versions) => current.is_some_and(|current| versions.contains(&current)),
        }
    }
}

/// The version in `<version>` or `<version>-<position>`.
fn version(tag: &SentTag) -> Option<u64> {
    let text = std::str::from_utf8(&tag.opaque).ok().filter(|_| !tag.weak)?;
    let (version, position) = text.split_once('-').unwrap_or((text, "0"));
    number(position)?;
    number(version)
}

/// A number as this server prints it: no sign, no leading zero.
fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}
