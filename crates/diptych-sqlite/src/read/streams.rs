//! The list of streams, by the dictionary.

use diptych_core::store::{MAX_PAGE, StreamEnd, StreamsRequest};
use rusqlite::Connection;

use super::{Names, category_id, last_of_id};

/// A page of streams in the order of their numbers.
pub(crate) fn streams(
    connection: &Connection,
    names: &mut Names,
    request: &StreamsRequest,
) -> rusqlite::Result<Vec<StreamEnd>> {
    let category = match &request.category {
        Some(name) => match category_id(connection, name)? {
            Some(category) => Some(category),
            None => return Ok(Vec::new()),
        },
        None => None,
    };
    let limit = i64::try_from(request.limit.min(MAX_PAGE)).unwrap_or(i64::MAX);
    let after = i64::try_from(request.after).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(include_str!("../../sql/read/streams.sql"))?;
    let ids = statement.query_map((after, category, limit), |row| row.get::<_, i64>(0))?;
    let mut ends = Vec::new();
    for id in ids.collect::<rusqlite::Result<Vec<_>>>()? {
        let stream = names.stream(connection, id)?.stream;
        // One whose events are not there yet, or never came.
        let Some((revision, position)) = last_of_id(connection, id)? else { continue };
        ends.push(StreamEnd { number: id.unsigned_abs(), stream, revision, position });
    }
    Ok(ends)
}
