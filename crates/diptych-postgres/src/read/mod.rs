//! Reading: pages of the log, and the ends of streams.
//!
//! Read `page.rs` first. `next.rs` is the short way of those who follow the log. `numbered.rs` puts a filter into the numbers of the dictionaries; `places.rs` finds where its events
//! stand; `names.rs` gives numbers their names back; `row.rs` makes an event of a row.
//!
//! What holds: the head is taken in an earlier statement than anything else, and what stands up to it never changes, so
//! several statements read one log.

mod names;
mod next;
mod numbered;
mod page;
mod places;
mod row;
mod streams;

use diptych_core::{Failure, Position, Revision, StreamId};
use tokio_postgres::types::Type;

use crate::{failure::failure, pool::Database};
pub(crate) use names::Names;
pub(crate) use page::page;
pub(crate) use streams::streams;

/// What is told when the log cannot be read.
const DOING: &str = "reading the log";

/// The last position.
///
/// # Errors
/// [`Failure`] of the engine.
pub(crate) async fn head(database: &Database) -> Result<Position, Failure> {
    let rows = database.query(DOING, include_str!("../../sql/read/head.sql"), &[]).await?;
    let head = rows.first().map(|row| row.try_get(0)).transpose().map_err(|error| failure(DOING, error))?;
    Ok(Position::from_i64(head.unwrap_or(0)))
}

/// The last revision of a stream and its place.
///
/// # Errors
/// [`Failure`] of the engine.
pub(crate) async fn last_of(
    database: &Database,
    stream: &StreamId,
) -> Result<Option<(Revision, Position)>, Failure> {
    let params: [crate::pool::Param<'_>; 2] =
        [(&stream.category(), Type::TEXT), (&stream.id().as_str(), Type::TEXT)];
    let rows = database.query(DOING, include_str!("../../sql/read/last.sql"), &params).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let wrap = |error| failure(DOING, error);
    let (revision, position) = (row.try_get(0).map_err(wrap)?, row.try_get(1).map_err(wrap)?);
    Ok(Some((Revision::from_i64(revision), Position::from_i64(position))))
}
