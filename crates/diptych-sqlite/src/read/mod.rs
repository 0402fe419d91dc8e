//! Reading the log: pages in commit order, forward and backward.
//!
//! Read `page.rs` first: which way a page is found. Then `matcher.rs`, a filter in the numbers of the dictionaries;
//! `places.rs`, the positions that an index gives for a scope; `row.rs`, a row as an event; `names.rs`, what numbers
//! stand for.
//!
//! What holds: the head was taken before the rows are read, and no row after it is given; so what a page has considered
//! will never show anything new. No statement goes through more than a bounded number of rows.

mod matcher;
mod names;
mod newer;
mod page;
mod places;
mod row;
mod slots;
mod streams;

pub(crate) use names::{Names, category_id, stream_id, tag_id, type_id};
pub(crate) use newer::newer;
pub(crate) use page::page;
pub(crate) use row::correlation;
use rusqlite::{Connection, OptionalExtension};
pub(crate) use streams::streams;

use diptych_core::{Position, Revision, StreamId};

/// The last position that is committed.
pub(crate) fn head(connection: &Connection) -> rusqlite::Result<Position> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/read/head.sql"))?;
    statement.query_row([], |row| row.get(0)).map(Position::from_i64)
}

/// The last revision of a stream and its place.
pub(crate) fn last_of(
    connection: &Connection,
    stream: &StreamId,
) -> rusqlite::Result<Option<(Revision, Position)>> {
    let Some(id) = stream_id(connection, stream)? else { return Ok(None) };
    last_of_id(connection, id)
}

/// The same of a stream whose number is known.
pub(crate) fn last_of_id(
    connection: &Connection,
    stream: i64,
) -> rusqlite::Result<Option<(Revision, Position)>> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/read/stream_last.sql"))?;
    let last = statement
        .query_row([stream], |row| Ok((Revision::from_i64(row.get(0)?), Position::from_i64(row.get(1)?))));
    last.optional()
}
