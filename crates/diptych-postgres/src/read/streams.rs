//! The list of streams, by the dictionary.

use diptych_core::{
    Failure, FailureKind, Position, Revision, StreamId,
    store::{MAX_PAGE, StreamEnd, StreamsRequest},
};
use tokio_postgres::{Error, Row, types::Type};

use crate::{
    failure::failure,
    pool::{Database, Param},
};

const DOING: &str = "listing streams";

/// A page of streams in the order of their numbers.
///
/// # Errors
/// [`Failure`] of the engine.
pub(crate) async fn streams(
    database: &Database,
    request: &StreamsRequest,
) -> Result<Vec<StreamEnd>, Failure> {
    let limit = i64::try_from(request.limit.min(MAX_PAGE)).unwrap_or(i64::MAX);
    let after = i64::try_from(request.after).unwrap_or(i64::MAX);
    let params: [Param<'_>; 3] =
        [(&after, Type::INT8), (&request.category, Type::TEXT), (&limit, Type::INT8)];
    let rows = database.query(DOING, include_str!("../../sql/read/ends.sql"), &params).await?;
    rows.iter().map(end).collect()
}

fn end(row: &Row) -> Result<StreamEnd, Failure> {
    let (number, category, name, revision, position) = parts(row).map_err(|error| failure(DOING, error))?;
    let stream = StreamId::parse(category, name)
        .map_err(|error| Failure::new(FailureKind::Unreadable, "reading the name of a stream", error))?;
    let (revision, position) = (Revision::from_i64(revision), Position::from_i64(position));
    Ok(StreamEnd { number: number.unsigned_abs(), stream, revision, position })
}

fn parts(row: &Row) -> Result<(i64, &str, &str, i64, i64), Error> {
    Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?))
}
