//! The correlation index: from a correlation id to the things it touched and its last position.
//!
//! A system projection in a file of its own, with the recent ones in memory, so that the log needs no index over random
//! keys. Commands that recorded nothing are found by the note that they left.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use async_trait::async_trait;
use diptych_core::{
    CorrelationId, Position, ProjectionError, ProjectionSpec, RecordedEvent, SqlProjection, SqlValue,
    StreamId, Tag, Tx,
};
use quick_cache::sync::Cache;

/// The name of the system projection.
pub(crate) const CORRELATIONS: &str = "correlations";

/// How many recent ids are held in memory.
const RECENT: usize = 20_000;

/// What is known of one correlation id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correlation {
    /// The position of the last command's last event, or up to where that command looked if it found everything already so.
    pub position: Position,
    /// The things it touched, as `category:id`: the streams of its events, the events' tags, and what its commands were
    /// addressed to.
    pub things: Vec<String>,
}

impl Correlation {
    /// Whether it touched this thing.
    #[must_use]
    pub fn touched(&self, category: &str, id: &str) -> bool {
        self.things
            .iter()
            .any(|thing| thing.strip_prefix(category).and_then(|rest| rest.strip_prefix(':')) == Some(id))
    }

    /// This one and what another source knows of the same id.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.position = self.position.max(other.position);
        self.things.extend(other.things);
        self.things.sort();
        self.things.dedup();
        self
    }
}

pub(crate) fn thing(stream: &StreamId) -> String {
    format!("{}:{}", stream.category(), stream.id())
}

fn things_of(event: &RecordedEvent) -> impl Iterator<Item = String> + '_ {
    std::iter::once(thing(event.stream())).chain(event.tags.iter().map(ToString::to_string))
}

/// The ids of commands that this node took lately.
#[derive(Debug)]
pub(crate) struct RecentCorrelations(Cache<CorrelationId, Arc<Recent>>);

/// What a command touched, not yet in words: most are never asked for.
#[derive(Debug)]
struct Recent {
    position: Position,
    streams: Vec<StreamId>,
    tags: Vec<Tag>,
    /// Of the commands before it in the same conversation.
    before: Option<Correlation>,
}

impl Recent {
    fn told(&self) -> Correlation {
        let things = self.streams.iter().map(thing).chain(self.tags.iter().map(ToString::to_string));
        let own = Correlation { position: self.position, things: things.collect() };
        own.merge(self.before.clone().unwrap_or_default())
    }
}

impl Default for RecentCorrelations {
    fn default() -> Self {
        Self(Cache::new(RECENT))
    }
}

impl RecentCorrelations {
    pub(crate) fn get(&self, id: &CorrelationId) -> Option<Correlation> {
        self.0.get(id).map(|known| known.told())
    }

    pub(crate) fn remember(
        &self,
        id: &CorrelationId,
        events: &[RecordedEvent],
        target: &StreamId,
        position: Position,
    ) {
        let mut streams = vec![target.clone()];
        let mut tags = Vec::new();
        for event in events {
            if event.stream() != target {
                streams.push(event.stream().clone());
            }
            tags.extend_from_slice(&event.tags);
        }
        let before = self.get(id);
        let position = before.as_ref().map_or(position, |before| before.position.max(position));
        self.0.insert(id.clone(), Arc::new(Recent { position, streams, tags, before }));
    }
}

/// Fills the index.
pub(crate) struct CorrelationIndex;

#[async_trait]
impl SqlProjection for CorrelationIndex {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new(CORRELATIONS).schema(include_str!("../sql/correlations.sql"))
    }

    async fn apply(&self, events: &[RecordedEvent], tx: &mut Tx<'_>) -> Result<(), ProjectionError> {
        let Some(last) = events.last() else { return Ok(()) };
        let mut rows = BTreeMap::new();
        for event in events {
            let id = &event.metadata.correlation_id;
            for thing in things_of(event) {
                rows.insert((id, thing), event.position());
            }
        }
        let mut rows: Vec<_> = rows.into_iter().collect();
        while !rows.is_empty() {
            let (size, put) = PUT.iter().find(|(size, _)| *size <= rows.len()).unwrap_or(&PUT[PUT.len() - 1]);
            let some = rows.drain(..size);
            let params: Vec<SqlValue> =
                some.flat_map(|((id, thing), at)| [id.into(), thing.into(), at.into()]).collect();
            let written = tx.execute(put, params).await;
            written.map_err(|error| ProjectionError { position: last.position(), source: error.into() })?;
        }
        Ok(())
    }
}

/// Statements that put so many rows at once, the most first: a row costs a fraction in company.
static PUT: LazyLock<[(usize, String); 3]> = LazyLock::new(|| [64, 8, 1].map(|size| (size, put(size))));

fn put(rows: usize) -> String {
    let row = |nth: usize| format!("(${}, ${}, ${})", 3 * nth + 1, 3 * nth + 2, 3 * nth + 3);
    let rows: Vec<_> = (0..rows).map(row).collect();
    include_str!("../sql/correlation_put.sql").replace("($1, $2, $3)", &rows.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_puts_as_many_rows_as_it_says() {
        assert_eq!(put(1), include_str!("../sql/correlation_put.sql"));
        assert!(put(2).contains("VALUES ($1, $2, $3), ($4, $5, $6)\n"), "{}", put(2));
        assert!(PUT.iter().all(|(size, put)| put.matches('(').count() == size + 2));
    }
}
