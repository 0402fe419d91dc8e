//! `Prefer: wait=<seconds>` (RFC 7240).

use std::time::Duration;

use http::HeaderMap;

use super::{HeaderError, digits, joined};

/// How long the caller would rather wait than hear 202.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreferWait(pub Duration);

impl PreferWait {
    const HEADER: &'static str = "Prefer";

    /// The longest wait; more is taken for this.
    pub const MAX: Duration = Duration::from_secs(30);

    /// Out of the headers of a request. Other preferences are passed over; of several waits the first counts.
    ///
    /// # Errors
    /// [`HeaderError`] where the wait is no whole number of seconds, or a quotation is not closed.
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, HeaderError> {
        let Some(value) = joined(headers, Self::HEADER) else { return Ok(None) };
        let error = |detail: &'static str| HeaderError::new(Self::HEADER, detail);
        let text = std::str::from_utf8(&value).map_err(|_| error("must be ASCII"))?;
        for preference in split(text, ',').ok_or_else(|| error("has a quotation that is not closed"))? {
            let first = split(preference, ';').and_then(|parts| parts.first().copied()).unwrap_or_default();
            let (name, value) = first.split_once('=').unwrap_or((first, ""));
            if name.trim().eq_ignore_ascii_case("wait") {
                let seconds = digits(unquoted(value.trim()))
                    .ok_or_else(|| error("wait must be a number of seconds"))?;
                return Ok(Some(Self(Duration::from_secs(seconds).min(Self::MAX))));
            }
        }
        Ok(None)
    }
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value)
}

/// Splits outside quoted strings; `None` where one is not closed.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = text.split(|character: char| {
        let here = !quoted && character == separator;
        if quoted && !escaped && character == '\\' {
            escaped = true;
            return false;
        }
        if character == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = false;
        here
    });
    let parts = parts.collect();
    (!quoted).then_some(parts)
}
