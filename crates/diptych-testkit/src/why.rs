//! Errors as a failing test shows them.

use std::error::Error;

/// An error and its causes, in one line.
#[must_use]
pub(crate) fn why(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", why(cause)),
        None => error.to_string(),
    }
}
