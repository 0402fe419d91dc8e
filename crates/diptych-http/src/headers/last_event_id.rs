//! `Last-Event-ID`: where a stream of server-sent events was broken off.

use http::HeaderMap;

use super::{HeaderError, digits, single};

/// The position that the client has seen last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LastEventId(pub u64);

impl LastEventId {
    const HEADER: &'static str = "Last-Event-ID";

    /// Out of the headers of a request.
    ///
    /// # Errors
    /// [`HeaderError`] where it is no position.
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, HeaderError> {
        let parse = |text: &str| {
            let error = || HeaderError::new(Self::HEADER, "must be a position: digits alone");
            digits(text).map(Self).ok_or_else(error)
        };
        single(headers, Self::HEADER)?.map(parse).transpose()
    }
}
