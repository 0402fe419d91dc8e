//! `Authorization: Bearer <token>` (RFC 6750).

use std::fmt;

use http::HeaderMap;
use sha2::{Digest, Sha256};

use super::{HeaderError, single};

/// A token that a caller has sent; never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Bearer(String);

impl Bearer {
    const HEADER: &'static str = "Authorization";

    /// Out of the headers of a request; `None` also for another scheme than `Bearer`.
    ///
    /// # Errors
    /// [`HeaderError`] where the scheme is `Bearer` and no single token without blanks follows.
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, HeaderError> {
        let Some(value) = single(headers, Self::HEADER)? else { return Ok(None) };
        let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
        if !scheme.eq_ignore_ascii_case("Bearer") {
            return Ok(None);
        }
        let token = token.trim_start_matches(' ');
        if token.is_empty() || token.contains([' ', '\t']) {
            return Err(HeaderError::new(Self::HEADER, "must be Bearer and one token"));
        }
        Ok(Some(Self(token.to_owned())))
    }

    /// Whether it is the secret. Compares digests, so that the time taken tells nothing of where they differ.
    #[must_use]
    pub fn is(&self, secret: &str) -> bool {
        Sha256::digest(&self.0) == Sha256::digest(secret)
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(…)")
    }
}
