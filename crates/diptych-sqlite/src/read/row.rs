//! A row of the log as an event.

use diptych_core::{
    Actor, CausationId, CorrelationId, Position, RecordedEvent, Revision, Tag, Timestamp,
    metadata::{Metadata, Provenance},
};
use rusqlite::{
    Connection, Row,
    types::{FromSqlError, ValueRef},
};
use uuid::Uuid;

use super::{matcher::Numbers, names::Names};
use crate::{
    pack::{parts, unpack},
    varint,
};

/// The place of a row.
pub(super) fn position(row: &Row<'_>) -> rusqlite::Result<Position> {
    row.get(0).map(Position::from_i64)
}

/// What a row says of itself, in numbers.
pub(super) fn numbers<'a>(row: &'a Row<'_>) -> rusqlite::Result<Numbers<'a>> {
    Ok(Numbers { stream: row.get(1)?, event_type: row.get(3)?, tags: row.get_ref(10)?.as_blob()? })
}

/// The event of a row.
pub(super) fn event(
    connection: &Connection,
    names: &mut Names,
    row: &Row<'_>,
    Numbers { stream, event_type, tags }: Numbers<'_>,
) -> rusqlite::Result<RecordedEvent> {
    Ok(RecordedEvent {
        event_type: names.event_type(connection, event_type)?,
        schema_version: row.get(4)?,
        payload: names.keep(row.get_ref(11)?.as_blob()?),
        tags: tags_of(connection, names, tags)?,
        metadata: Metadata {
            position: position(row)?,
            stream: names.stream(connection, stream)?.stream,
            revision: Revision::from_i64(row.get(2)?),
            provenance: provenance(row)?,
        },
    })
}

fn tags_of(connection: &Connection, names: &mut Names, tags: &[u8]) -> rusqlite::Result<Vec<Tag>> {
    // Not `collect`: most events have a tag or two, and a first guess at four would be kept for ever.
    let mut found = Vec::with_capacity(varint::numbers(tags).count());
    for id in varint::numbers(tags) {
        found.push(names.tag(connection, id)?);
    }
    Ok(found)
}

fn provenance(row: &Row<'_>) -> rusqlite::Result<Provenance> {
    Ok(Provenance {
        event_id: Uuid::from_slice(row.get_ref(6)?.as_blob()?).map_err(FromSqlError::other)?,
        correlation_id: correlation(row.get_ref(7)?)?,
        causation_id: causation(row.get_ref(8)?)?,
        recorded_at: Timestamp::from_micros(row.get(5)?),
        actor: row.get_ref(9)?.as_str_or_null()?.map(|text| Actor(text.into())),
    })
}

/// A correlation id as it is stored: mostly a UUID and nothing before it.
pub(crate) fn correlation(value: ValueRef<'_>) -> Result<CorrelationId, FromSqlError> {
    match value {
        ValueRef::Blob(bytes) if bytes.len() == 16 => Ok(parts(bytes)?.1.into()),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => {
            unpack(value, CorrelationId::stored)
        }
    }
}

/// A causation id as it is stored: mostly a command's name and a UUID.
fn causation(value: ValueRef<'_>) -> Result<CausationId, FromSqlError> {
    match value {
        ValueRef::Blob(bytes) => parts(bytes).map(|(before, id)| CausationId::ending_in(before, id)),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) => {
            unpack(value, |text| CausationId::new(text))
        }
    }
}
