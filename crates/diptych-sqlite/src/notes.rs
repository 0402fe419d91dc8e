//! Notes: what is remembered of commands beside their events, by idempotency key and by correlation id.

use diptych_core::{
    CorrelationId, Position, Revision, StreamId, Timestamp,
    store::{KeptNote, Note},
};
use rusqlite::{Connection, OptionalExtension, Row, types::FromSqlError};

use crate::{
    pack::{pack, pack_correlation, unpack},
    read::correlation,
};

/// How many notes one transaction forgets.
const FORGOTTEN: usize = 1_000;

/// Keeps a note, completed by what the append gave.
pub(crate) fn insert(
    connection: &Connection,
    note: &Note,
    revision: Option<Revision>,
    position: Position,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(include_str!("../sql/notes/insert.sql"))?;
    statement.execute((
        pack_correlation(&note.correlation_id),
        note.target.category(),
        pack(note.target.id().as_str()),
        revision.map(Revision::to_i64),
        position.to_i64(),
        note.key.as_ref().map(|key| &*key.key),
        note.key.as_ref().map(|key| key.fingerprint.as_slice()),
        note.at.as_micros(),
    ))?;
    Ok(())
}

/// What was noted under an idempotency key.
pub(crate) fn by_key(connection: &Connection, key: &str) -> rusqlite::Result<Option<KeptNote>> {
    let mut statement = connection.prepare_cached(include_str!("../sql/notes/by_key.sql"))?;
    statement.query_row([key], kept).optional()
}

/// The last that was noted under a correlation id.
pub(crate) fn by_correlation(
    connection: &Connection,
    id: &CorrelationId,
) -> rusqlite::Result<Option<KeptNote>> {
    let mut statement = connection.prepare_cached(include_str!("../sql/notes/by_correlation.sql"))?;
    statement.query_row([pack_correlation(id)], kept).optional()
}

/// Forgets some notes made before this moment; answers how many, and whether there may be more.
pub(crate) fn forget(connection: &Connection, before: Timestamp) -> rusqlite::Result<(u64, bool)> {
    let mut statement = connection.prepare_cached(include_str!("../sql/notes/forget.sql"))?;
    let most = i64::try_from(FORGOTTEN).unwrap_or(i64::MAX);
    let count = statement.execute((before.as_micros(), most))?;
    Ok((u64::try_from(count).unwrap_or(u64::MAX), count == FORGOTTEN))
}

fn kept(row: &Row<'_>) -> rusqlite::Result<KeptNote> {
    let category = row.get_ref(1)?.as_str()?;
    let target = unpack(row.get_ref(2)?, |id| StreamId::parse(category, id))?;
    Ok(KeptNote {
        correlation_id: correlation(row.get_ref(0)?)?,
        target: target.map_err(FromSqlError::other)?,
        revision: row.get::<_, Option<i64>>(3)?.map(Revision::from_i64),
        position: Position::from_i64(row.get(4)?),
        fingerprint: row.get(5)?,
    })
}
