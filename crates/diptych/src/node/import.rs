//! Taking in events that were exported elsewhere, with the ids, times and revisions they have.
//!
//! A batch is taken wholly or not at all. Events that are there already, the same id at the same revision, are passed over, so
//! an import that was broken off is simply begun again.

use std::collections::HashMap;

use diptych_core::{
    Append, AppendCondition, AppendError, EventStore, Expected, Failure, NewEvent, Position, RecordedEvent,
    Revision, Scope, StreamId, store::ReadRequest,
};

use super::Node;

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// How many events were recorded.
    pub recorded: u64,
    /// How many were there already.
    pub known: u64,
    /// The head after it.
    pub head: Position,
}

/// A batch that was not taken; nothing of it was recorded.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// An event does not come next in its stream.
    #[error("revision {revision} of {stream} cannot be taken in, since that stream {end}")]
    Gap {
        /// The stream.
        stream: StreamId,
        /// The revision of the event.
        revision: Revision,
        /// How the stream ends here, in words.
        end: String,
    },
    /// The place is another event's.
    #[error("revision {revision} of {stream} is another event here")]
    Other {
        /// The stream.
        stream: StreamId,
        /// The revision of the event.
        revision: Revision,
    },
    /// Someone wrote to one of the streams meanwhile, or the store refused.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The machinery broke.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl Node {
    /// Takes in events, each with the revision it has in its stream, in order.
    ///
    /// # Errors
    /// [`ImportError`]; nothing of the batch was recorded, but where the outcome is unknown.
    pub async fn import(&self, events: Vec<(Revision, NewEvent)>) -> Result<Imported, ImportError> {
        let store = &*self.0.store;
        let mut ends: HashMap<StreamId, Option<Revision>> = HashMap::new();
        let (mut new, mut imported, mut expected) = (Vec::new(), Imported::default(), Vec::new());
        for (revision, event) in events {
            let end = match ends.get(&event.stream) {
                Some(end) => *end,
                None => {
                    let end = store.last_of(&event.stream).await?.map(|(revision, _)| revision);
                    let then = end.map_or(Expected::NoStream, Expected::Revision);
                    expected.push((event.stream.clone(), then));
                    end
                }
            };
            let next = end.map_or(Revision::FIRST, Revision::next);
            if revision == next {
                ends.insert(event.stream.clone(), Some(revision));
                new.push(event);
            } else if revision < next {
                ends.insert(event.stream.clone(), end);
                is_known(store, revision, &event).await?;
                imported.known += 1;
            } else {
                let end = end.map_or_else(|| "has no events".to_owned(), |end| format!("ends at {end}"));
                return Err(ImportError::Gap { stream: event.stream, revision, end });
            }
        }
        imported.recorded = u64::try_from(new.len()).unwrap_or(u64::MAX);
        if !new.is_empty() {
            let condition = AppendCondition { expected, ..AppendCondition::default() };
            store.append(Append { events: new, condition, note: None }).await?;
        }
        imported.head = store.head().await?;
        Ok(imported)
    }
}

async fn is_known(store: &dyn EventStore, revision: Revision, event: &NewEvent) -> Result<(), ImportError> {
    let here = at(store, &event.stream, revision).await?;
    let same = here.is_some_and(|here| here.metadata.event_id == event.provenance.event_id);
    if same { Ok(()) } else { Err(ImportError::Other { stream: event.stream.clone(), revision }) }
}

async fn at(
    store: &dyn EventStore,
    stream: &StreamId,
    revision: Revision,
) -> Result<Option<RecordedEvent>, Failure> {
    let mut after = Position::START;
    loop {
        let page = store.read(ReadRequest::after(Scope::stream(stream.clone()), after)).await?;
        after = page.considered;
        if let Some(found) = page.events.into_iter().find(|event| event.metadata.revision == revision) {
            return Ok(Some(found));
        }
        if after >= page.head {
            return Ok(None);
        }
    }
}
