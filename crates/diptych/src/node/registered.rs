//! What is registered, and how it hangs together: commands → streams → events → projections → queries.
//!
//! Told from the types alone, before anything has happened. Which events a command records is not told by its type; which streams
//! it decides on is.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use diptych_core::{
    Filter,
    codec::{self, EventSchema},
    state::StateKind,
};
use serde::Serialize;

use super::App;
use crate::projections::{ProjectionKind, Supervisor};

/// Everything that an application has registered, by name.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Registered {
    /// What may be wished for.
    pub commands: Vec<RegisteredCommand>,
    /// The kinds of things.
    pub streams: Vec<RegisteredStream>,
    /// What may have happened.
    pub events: Vec<RegisteredEvent>,
    /// Projections and event handlers.
    pub projections: Vec<RegisteredProjection>,
    /// What can be asked.
    pub queries: Vec<RegisteredQuery>,
}

/// A command.
#[derive(Clone, Debug, Serialize)]
pub struct RegisteredCommand {
    /// Its name.
    pub name: &'static str,
    /// The categories of the streams that it decides on; the first is that of what it reads first, mostly its own thing's.
    pub streams: Vec<&'static str>,
}

/// A kind of thing.
#[derive(Clone, Debug, Serialize)]
pub struct RegisteredStream {
    /// The category of its streams.
    pub category: &'static str,
    /// The events that its states are folded from.
    pub events: Vec<&'static str>,
}

/// A kind of fact.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisteredEvent {
    /// Its stored name.
    pub name: &'static str,
    /// The version that is written now.
    pub schema_version: u32,
}

/// A projection or an event handler.
#[derive(Clone, Debug, Serialize)]
pub struct RegisteredProjection {
    /// Its name.
    pub name: String,
    /// Which of the two.
    pub kind: ProjectionKind,
    /// The events that it wants; none where it wants every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
}

/// A query.
#[derive(Clone, Debug, Serialize)]
pub struct RegisteredQuery {
    /// Its name.
    pub name: &'static str,
    /// The projections that it reads.
    pub reads: Vec<&'static str>,
}

impl Registered {
    pub(super) fn of(app: &App, projections: &HashMap<String, Arc<Supervisor>>) -> Self {
        let mut commands: Vec<_> = app.commands.all().collect();
        commands.sort_unstable_by_key(|(name, _)| *name);
        let mut kinds = app.states.clone();
        kinds.extend(commands.iter().flat_map(|(_, kinds)| kinds.iter().copied()));
        let schemas = schemas(&kinds);
        let mut projections: Vec<_> =
            projections.values().map(|supervisor| projection(supervisor, &schemas)).collect();
        projections.sort_by(|a, b| a.name.cmp(&b.name));
        let query = |name, reads| RegisteredQuery { name, reads };
        let mut queries: Vec<_> = app.queries.all().map(|one| query(one.name(), one.reads())).collect();
        queries.sort_unstable_by_key(|query| query.name);
        Self {
            commands: commands.into_iter().map(|(name, kinds)| command(name, &kinds)).collect(),
            streams: streams(&kinds),
            events: schemas
                .iter()
                .map(|schema| RegisteredEvent { name: schema.name, schema_version: schema.version })
                .collect(),
            projections,
            queries,
        }
    }
}

fn command(name: &'static str, kinds: &[StateKind]) -> RegisteredCommand {
    let mut streams = Vec::new();
    for kind in kinds {
        if !streams.contains(&kind.category) {
            streams.push(kind.category);
        }
    }
    RegisteredCommand { name, streams }
}

fn streams(kinds: &[StateKind]) -> Vec<RegisteredStream> {
    let mut events: BTreeMap<&'static str, BTreeSet<&'static str>> = BTreeMap::new();
    for kind in kinds {
        events.entry(kind.category).or_default().extend((kind.events)().iter().map(|schema| schema.name));
    }
    let stream = |(category, events): (_, BTreeSet<_>)| RegisteredStream {
        category,
        events: events.into_iter().collect(),
    };
    events.into_iter().map(stream).collect()
}

fn schemas(kinds: &[StateKind]) -> Vec<EventSchema> {
    let mut all: BTreeMap<&'static str, EventSchema> = BTreeMap::new();
    for schema in kinds.iter().flat_map(|kind| (kind.events)()) {
        all.entry(schema.name).or_insert(*schema);
    }
    all.into_values().collect()
}

/// Events are told by their present names, under whatever ones they were stored.
fn projection(supervisor: &Supervisor, schemas: &[EventSchema]) -> RegisteredProjection {
    let events = match supervisor.filter() {
        Filter::All => None,
        Filter::Any(scopes) if scopes.iter().any(|scope| scope.types.is_empty()) => None,
        Filter::Any(scopes) => {
            let stored = scopes.iter().flat_map(|scope| &scope.types);
            let present = stored.map(|name| {
                codec::find(schemas, name).map_or_else(|| name.to_string(), |schema| schema.name.to_owned())
            });
            Some(present.collect::<BTreeSet<_>>().into_iter().collect())
        }
    };
    RegisteredProjection { name: supervisor.name().to_owned(), kind: supervisor.kind, events }
}
