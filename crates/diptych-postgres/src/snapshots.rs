//! Snapshots: disposable, the newest of each scope and state.

use async_trait::async_trait;
use diptych_core::{
    Failure, Position,
    snapshot::{Snapshot, SnapshotStore},
};
use tokio_postgres::{Row, types::Type};

use crate::{
    failure::failure,
    pool::{Database, Param},
};

const DOING: &str = "keeping snapshots";

/// Keeps snapshots. Made by [`PostgresDatabase::open`](crate::PostgresDatabase::open).
#[derive(Debug)]
pub struct PostgresSnapshots(pub(crate) Database);

#[async_trait]
impl SnapshotStore for PostgresSnapshots {
    async fn load(&self, key: &str) -> Result<Option<Snapshot>, Failure> {
        let rows =
            self.0.query(DOING, include_str!("../sql/snapshots/load.sql"), &[(&key, Type::TEXT)]).await?;
        rows.first().map(loaded).transpose().map_err(|error| failure(DOING, error))
    }

    async fn save(&self, key: &str, snapshot: Snapshot) -> Result<(), Failure> {
        let folded = i64::try_from(snapshot.folded).unwrap_or(i64::MAX);
        let params: [Param<'_>; 5] = [
            (&key, Type::TEXT),
            (&snapshot.position.to_i64(), Type::INT8),
            (&folded, Type::INT8),
            (&i64::from(snapshot.version), Type::INT8),
            (&snapshot.state, Type::BYTEA),
        ];
        self.0.execute(DOING, include_str!("../sql/snapshots/save.sql"), &params).await?;
        Ok(())
    }
}

fn loaded(row: &Row) -> Result<Snapshot, tokio_postgres::Error> {
    Ok(Snapshot {
        position: Position::from_i64(row.try_get(0)?),
        folded: row.try_get::<_, i64>(1)?.unsigned_abs(),
        version: u32::try_from(row.try_get::<_, i64>(2)?).unwrap_or(u32::MAX),
        state: row.try_get(3)?,
    })
}
