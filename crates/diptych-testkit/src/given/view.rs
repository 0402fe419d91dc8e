//! Gives a command the states it reads, round by round, as the runtime does.

use std::{collections::HashMap, sync::Arc};

use diptych_core::{
    Command, Context, NewEvent, Position, Reads, RecordedEvent, Revision, StreamId,
    command::States,
    metadata::Metadata,
    reads::{Loaded, Wanted},
    state::SharedState,
};

use crate::why::why;

/// The events with their places, as the first of a log.
pub(super) fn record(events: Vec<NewEvent>) -> Vec<RecordedEvent> {
    let mut last: HashMap<StreamId, Revision> = HashMap::new();
    let places = (1..).map(Position::new);
    let record = |(position, event): (Position, NewEvent)| {
        let NewEvent { stream, event_type, schema_version, payload, tags, provenance } = event;
        let revision = last.get(&stream).map_or(Revision::FIRST, |revision| revision.next());
        last.insert(stream.clone(), revision);
        let metadata = Metadata { position, stream, revision, provenance };
        RecordedEvent { event_type, schema_version, payload, tags, metadata }
    };
    places.zip(events).map(record).collect()
}

/// All that the command reads. What has been read is not read again; the rounds end when nothing new is asked for.
#[track_caller]
pub(super) fn load<C: Command>(command: &C, cx: &Context, log: &[RecordedEvent]) -> States<C> {
    let mut loaded = Loaded::default();
    let mut reads = command.reads(cx);
    loop {
        for wanted in reads.wanted() {
            if !loaded.has(&wanted) {
                loaded.put(&wanted, fold(&wanted, log));
            }
        }
        let states = reads.assemble(&loaded);
        match command.reads_more(&states) {
            Some(more) if more.wanted().iter().any(|wanted| !loaded.has(wanted)) => reads = more,
            Some(more) => return more.assemble(&loaded),
            None => return states,
        }
    }
}

#[track_caller]
fn fold(wanted: &Wanted, log: &[RecordedEvent]) -> SharedState {
    let mut state = (wanted.kind.begin)();
    for event in log.iter().filter(|event| wanted.scope.holds(event.stream(), &event.event_type, &event.tags))
    {
        if let Err(error) = state.fold(event) {
            panic!(
                "{} cannot take {} of {}: {}",
                wanted.kind.name,
                event.event_type,
                event.stream(),
                why(&error)
            );
        }
    }
    Arc::from(state)
}
