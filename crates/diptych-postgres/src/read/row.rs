//! Rows of the log as events.

use bytes::Bytes;
use diptych_core::{
    Actor, CausationId, CorrelationId, Failure, Position, RecordedEvent, Revision, Timestamp,
    metadata::{Metadata, Provenance},
};
use tokio_postgres::{Error, Row};

use super::{
    DOING,
    names::{Names, PageNames},
};
use crate::{
    failure::{failure, unreadable},
    pool::Database,
};

/// The events of some rows, in their order.
///
/// # Errors
/// [`Failure`] of the engine, or where a row does not fit.
pub(super) async fn recorded(
    database: &Database,
    names: &Names,
    rows: &[Row],
) -> Result<Vec<RecordedEvent>, Failure> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let wrap = |error| failure(DOING, error);
    let column = |at: usize| rows.iter().map(|row| row.try_get(at)).collect::<Result<Vec<i64>, Error>>();
    let (streams, types) = (column(1).map_err(wrap)?, column(3).map_err(wrap)?);
    let tags: Vec<Vec<i64>> =
        rows.iter().map(|row| row.try_get(10)).collect::<Result<_, _>>().map_err(wrap)?;
    let names = names
        .of(database, streams.iter().copied(), types.iter().copied(), tags.iter().flatten().copied())
        .await?;
    rows.iter()
        .zip(streams.into_iter().zip(types))
        .zip(tags)
        .map(|((row, (stream, event_type)), tags)| event(row, &names, stream, event_type, &tags))
        .collect()
}

fn event(
    row: &Row,
    names: &PageNames,
    stream: i64,
    event_type: i64,
    tags: &[i64],
) -> Result<RecordedEvent, Failure> {
    let wrap = |error| failure(DOING, error);
    let lost = || unreadable(DOING, "a dictionary lacks a name");
    let tags = tags.iter().map(|id| names.tags.get(id).cloned()).collect::<Option<_>>();
    let version: i64 = row.try_get(4).map_err(wrap)?;
    Ok(RecordedEvent {
        event_type: names.types.get(&event_type).cloned().ok_or_else(lost)?,
        schema_version: u32::try_from(version).map_err(|error| unreadable(DOING, error))?,
        payload: Bytes::from(row.try_get::<_, Vec<u8>>(11).map_err(wrap)?),
        tags: tags.ok_or_else(lost)?,
        metadata: Metadata {
            position: Position::from_i64(row.try_get(0).map_err(wrap)?),
            stream: names.streams.get(&stream).cloned().ok_or_else(lost)?,
            revision: Revision::from_i64(row.try_get(2).map_err(wrap)?),
            provenance: provenance(row)?,
        },
    })
}

fn provenance(row: &Row) -> Result<Provenance, Failure> {
    let wrap = |error| failure(DOING, error);
    let correlation_id: &str = row.try_get(7).map_err(wrap)?;
    Ok(Provenance {
        event_id: row.try_get(6).map_err(wrap)?,
        correlation_id: CorrelationId::stored(correlation_id),
        causation_id: CausationId::new(row.try_get::<_, &str>(8).map_err(wrap)?),
        recorded_at: Timestamp::from_micros(row.try_get(5).map_err(wrap)?),
        actor: row.try_get::<_, Option<&str>>(9).map_err(wrap)?.map(|text| Actor(text.into())),
    })
}
