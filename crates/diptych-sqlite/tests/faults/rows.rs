//! What the session projects: a row per event beside the log, and a count per type in a read model.

use std::collections::BTreeMap;

use async_trait::async_trait;
use diptych_core::{
    BoxError, EventStore, InlineProjection, Position, ProjectionError, ProjectionSpec, RecordedEvent,
    SqlProjection, Tx, model::ReadModel,
};

/// A row per event. Refuses `Refuse`.
pub(crate) struct Rows;

#[async_trait]
impl InlineProjection for Rows {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("rows")
            .schema("CREATE TABLE rows_of_all (position INTEGER PRIMARY KEY, type TEXT)")
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx<'_>) -> Result<(), BoxError> {
        tx.execute("INSERT INTO rows_of_all VALUES ($1, $2)", (event.position(), &*event.event_type)).await?;
        if &*event.event_type == "Refuse" { Err("refused, as it was told to".into()) } else { Ok(()) }
    }
}

/// How many events there are of each type.
pub(crate) struct ByType;

#[async_trait]
impl SqlProjection for ByType {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("by_type")
            .schema("CREATE TABLE by_type (type TEXT PRIMARY KEY, count INTEGER NOT NULL)")
    }

    async fn apply(&self, events: &[RecordedEvent], tx: &mut Tx<'_>) -> Result<(), ProjectionError> {
        let sql = "INSERT INTO by_type VALUES ($1, 1) ON CONFLICT (type) DO UPDATE SET count = count + 1";
        for event in events {
            let done = tx.execute(sql, (&*event.event_type,)).await;
            done.map_err(|error| ProjectionError { position: event.position(), source: error.into() })?;
        }
        Ok(())
    }
}

/// The positions of the rows beside the log.
pub(crate) async fn positions(store: &dyn EventStore) -> Vec<i64> {
    let reader = store.inline_reader().await.unwrap();
    let rows = reader.query("SELECT position FROM rows_of_all ORDER BY position", Vec::new()).await.unwrap();
    rows.iter().map(|row| row.get("position").unwrap()).collect()
}

/// The rows of a read model with their checkpoint, all of one moment.
pub(crate) async fn counts(model: &dyn ReadModel) -> (Position, BTreeMap<String, i64>) {
    let reader = model.reader().await.unwrap();
    let rows = reader.sql().unwrap().query("SELECT type, count FROM by_type", Vec::new()).await.unwrap();
    let rows = rows.iter().map(|row| (row.get("type").unwrap(), row.get("count").unwrap())).collect();
    (reader.position(), rows)
}

/// What the read model holds of a log up to a place.
pub(crate) fn fold(log: &[RecordedEvent], to: Position) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for event in log.iter().take_while(|event| event.position() <= to) {
        *counts.entry(event.event_type.to_string()).or_default() += 1;
    }
    counts
}
