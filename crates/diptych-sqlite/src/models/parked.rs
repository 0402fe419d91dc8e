//! Parked events: which, and why; in the file of the generation that could not take them.

use diptych_core::{Failure, FailureKind, Position, model::ParkedEvent};
use rusqlite::{Connection, types::Type};

use crate::failure::failure;

const DOING: &str = "parking events";

/// Notes them; one that is noted is noted anew.
///
/// # Errors
/// [`Failure`] of the engine.
pub(super) fn park(connection: &Connection, events: &[ParkedEvent]) -> Result<(), Failure> {
    let wrap = |error| failure(DOING, error);
    let mut statement = connection.prepare_cached(include_str!("../../sql/model/park.sql")).map_err(wrap)?;
    for event in events {
        let text = serde_json::to_string(event)
            .map_err(|error| Failure::new(FailureKind::Internal, DOING, error))?;
        statement.execute((event.position.to_i64(), text)).map_err(wrap)?;
    }
    Ok(())
}

/// All, in the order of positions.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<ParkedEvent>> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/model/parked.sql"))?;
    let rows = statement.query_map([], |row| {
        let text: String = row.get(0)?;
        serde_json::from_str(&text)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into()))
    })?;
    rows.collect()
}

/// Notes it no longer; answers whether it was.
///
/// # Errors
/// [`Failure`] of the engine.
pub(super) fn forget(connection: &Connection, position: Position) -> Result<bool, Failure> {
    let wrap = |error| failure(DOING, error);
    let mut statement =
        connection.prepare_cached(include_str!("../../sql/model/unpark.sql")).map_err(wrap)?;
    statement.execute([position.to_i64()]).map(|count| count > 0).map_err(wrap)
}
