//! Notes: what is remembered of commands beside their events, by idempotency key and by correlation id.

use diptych_core::{CorrelationId, Failure, Position, Revision, StreamId, Timestamp, store::KeptNote};
use tokio_postgres::{Row, types::Type};

use crate::{
    failure::{failure, unreadable},
    pool::Database,
};

/// How many notes one statement forgets.
const FORGOTTEN: i64 = 1_000;
const READING: &str = "reading notes";

/// What was noted under an idempotency key.
///
/// # Errors
/// [`Failure`] of the engine.
pub(crate) async fn by_key(database: &Database, key: &str) -> Result<Option<KeptNote>, Failure> {
    if key.contains('\0') {
        return Ok(None);
    }
    let rows =
        database.query(READING, include_str!("../sql/notes/by_key.sql"), &[(&key, Type::TEXT)]).await?;
    rows.first().map(|row| kept(row, 0)).transpose()
}

/// The last that was noted under a correlation id.
///
/// # Errors
/// [`Failure`] of the engine.
pub(crate) async fn by_correlation(
    database: &Database,
    id: &CorrelationId,
) -> Result<Option<KeptNote>, Failure> {
    let sql = include_str!("../sql/notes/by_correlation.sql");
    let rows = database.query(READING, sql, &[(&id.text(), Type::TEXT)]).await?;
    rows.first().map(|row| kept(row, 0)).transpose()
}

/// Forgets notes made before this moment; answers how many.
///
/// # Errors
/// [`Failure`] of the engine.
pub(crate) async fn forget(database: &Database, before: Timestamp) -> Result<u64, Failure> {
    let mut forgotten = 0_u64;
    loop {
        let params: [crate::pool::Param<'_>; 2] =
            [(&before.as_micros(), Type::INT8), (&FORGOTTEN, Type::INT8)];
        let count =
            database.execute("forgetting notes", include_str!("../sql/notes/forget.sql"), &params).await?;
        forgotten = forgotten.saturating_add(count);
        if count < FORGOTTEN.unsigned_abs() {
            return Ok(forgotten);
        }
    }
}

/// A note as a row gives it, from this column on.
///
/// # Errors
/// [`Failure`] where it does not fit.
pub(crate) fn kept(row: &Row, from: usize) -> Result<KeptNote, Failure> {
    let wrap = |error| failure(READING, error);
    let text = |at: usize| row.try_get::<_, &str>(from + at).map_err(wrap);
    let fingerprint: Option<&[u8]> = row.try_get(from + 5).map_err(wrap)?;
    let revision: Option<i64> = row.try_get(from + 3).map_err(wrap)?;
    Ok(KeptNote {
        correlation_id: CorrelationId::new(text(0)?).map_err(|error| unreadable(READING, error))?,
        target: StreamId::parse(text(1)?, text(2)?).map_err(|error| unreadable(READING, error))?,
        revision: revision.map(Revision::from_i64),
        position: Position::from_i64(row.try_get(from + 4).map_err(wrap)?),
        fingerprint: fingerprint
            .map(<[u8; 32]>::try_from)
            .transpose()
            .map_err(|error| unreadable(READING, error))?,
    })
}
