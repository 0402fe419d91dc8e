//! The correlation index: from a correlation id to the things it touched and its last position.
//!
//! A system projection in a file of its own, with the recent ones in memory, so that the log needs no index over random
//! keys. Commands that recorded nothing are found by the note that they left.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use diptych_core::{
    CorrelationId, Position, ProjectionError, ProjectionSpec, RecordedEvent, SqlProjection, StreamId, Tx,
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
pub(crate) struct RecentCorrelations(Cache<CorrelationId, Arc<Correlation>>);

impl Default for RecentCorrelations {
    fn default() -> Self {
        Self(Cache::new(RECENT))
    }
}

impl RecentCorrelations {
    pub(crate) fn get(&self, id: &CorrelationId) -> Option<Correlation> {
        self.0.get(id).map(|known| (*known).clone())
    }

    pub(crate) fn remember(
        &self,
        id: &CorrelationId,
        events: &[RecordedEvent],
        target: &StreamId,
        position: Position,
    ) {
        let things = events.iter().flat_map(things_of).chain([thing(target)]).collect();
        let known = Correlation { position, things };
        let known = match self.get(id) {
            Some(before) => before.merge(known),
            None => known.merge(Correlation::default()),
        };
        self.0.insert(id.clone(), Arc::new(known));
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
            let id = event.metadata.correlation_id.as_str();
            for thing in things_of(event) {
                rows.insert((id, thing), event.position());
            }
        }
        for ((id, thing), position) in rows {
            let written = tx.execute(include_str!("../sql/correlation_put.sql"), (id, thing, position)).await;
            written.map_err(|error| ProjectionError { position: last.position(), source: error.into() })?;
        }
        Ok(())
    }
}
