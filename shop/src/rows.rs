//! What projections hold about their own statements: each changes the one row that its event is about.

use diptych::Metadata;

/// A statement that did not change exactly one row, so that the rows no longer tell what the events do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rows} rows were changed for an event of {stream}, not one")]
pub struct NotOneRow {
    stream: String,
    rows: u64,
}

/// Holds that a statement changed one row.
///
/// # Errors
/// [`NotOneRow`] where it was none or several.
pub fn one(rows: u64, at: &Metadata) -> Result<(), NotOneRow> {
    if rows == 1 { Ok(()) } else { Err(NotOneRow { stream: at.stream.to_string(), rows }) }
}
