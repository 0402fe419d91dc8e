//! From events to documents: a batch becomes one write of each document that it touches.
//!
//! What holds: an event at or before what a document reflects is not taken again; after an error nothing was written.

use std::{
    any::Any,
    collections::{BTreeSet, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
};

use super::{
    engine::Collection,
    entry::{Entry, Stamp},
    projection::{DocumentProjection, Folding},
    shape::Shape,
};
use crate::{
    event::RecordedEvent, failure::BoxError, model::ApplyError, position::Position,
    projection::ProjectionError,
};

/// An id has at most so many bytes.
const LONGEST_ID: usize = 512;

/// What a document is folded by, and where.
pub(super) struct Folder<'a> {
    pub(super) projection: &'a dyn DocumentProjection,
    pub(super) shape: &'a Shape,
    pub(super) collection: &'a dyn Collection,
}

/// A document that is too far behind to be told what it reflects.
#[derive(Debug, thiserror::Error)]
#[error("the document {0:?} has taken too many events late; rebuild the read model")]
struct TooLate(String);

#[derive(Debug, thiserror::Error)]
#[error("the id of a document is 1 to {LONGEST_ID} bytes, which {0:?} is not")]
struct BadId(String);

/// A stored event as it is folded, and the documents that it touches.
struct Facts<'a> {
    facts: Vec<Box<dyn Folding + 'a>>,
    touched: BTreeSet<String>,
}

/// A document while events are folded into it.
struct Working {
    entry: Entry,
    changed: bool,
}

/// How an event comes to a document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// In the order of positions.
    InOrder,
    /// After it was parked.
    Late,
}

impl Folder<'_> {
    /// What these events make of the documents that they touch.
    pub(super) async fn in_order(&self, events: &[RecordedEvent]) -> Result<Vec<Entry>, ApplyError> {
        self.fold(events, Turn::InOrder).await
    }

    /// What an event that was parked makes of the documents that it touches and that have not taken it.
    pub(super) async fn late(&self, event: &RecordedEvent) -> Result<Vec<Entry>, ApplyError> {
        self.fold(std::slice::from_ref(event), Turn::Late).await
    }

    async fn fold(&self, events: &[RecordedEvent], turn: Turn) -> Result<Vec<Entry>, ApplyError> {
        let read: Vec<_> =
            events.iter().map(|event| guarded(event, || self.read(event))).collect::<Result<_, _>>()?;
        let ids: BTreeSet<_> = read.iter().flat_map(|facts| &facts.touched).cloned().collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let found = if ids.is_empty() { Vec::new() } else { self.collection.entries(&ids).await? };
        let known = found.into_iter().map(|entry| (entry.id.clone(), Working { entry, changed: false }));
        let mut documents: HashMap<_, _> = known.collect();
        for (event, facts) in events.iter().zip(&read) {
            guarded(event, || self.take(facts, event.position(), turn, &mut documents))?;
        }
        let changed = documents.into_values().filter(|working| working.changed);
        Ok(changed.map(|working| working.entry).collect())
    }

    fn read<'a>(&'a self, event: &'a RecordedEvent) -> Result<Facts<'a>, BoxError> {
        let facts = self.projection.folding(event)?;
        let touched: BTreeSet<_> = facts.iter().flat_map(|fact| fact.touches()).collect();
        match touched.iter().find(|id| id.is_empty() || id.len() > LONGEST_ID) {
            Some(bad) => Err(BadId(bad.clone()).into()),
            None => Ok(Facts { facts, touched }),
        }
    }

    fn take(
        &self,
        facts: &Facts<'_>,
        position: Position,
        turn: Turn,
        documents: &mut HashMap<String, Working>,
    ) -> Result<(), BoxError> {
        for id in &facts.touched {
            let working = documents.entry(id.clone()).or_insert_with(|| Working::none(id.clone()));
            if !working.has_taken(position, turn) {
                self.change(working, &facts.facts, position, turn)?;
            }
        }
        Ok(())
    }

    fn change(
        &self,
        working: &mut Working,
        facts: &[Box<dyn Folding + '_>],
        position: Position,
        turn: Turn,
    ) -> Result<(), BoxError> {
        let entry = &mut working.entry;
        for fact in facts.iter().filter(|fact| fact.touches().contains(&entry.id)) {
            fact.fold(&entry.id, &mut entry.body)?;
        }
        if let Some(body) = &entry.body {
            self.shape.check(body)?;
        }
        let last = match turn {
            Turn::InOrder => position,
            Turn::Late => {
                entry.late.push(position);
                entry.stamp.position()
            }
        };
        let stamp = Stamp::of(last, entry.late.len());
        entry.stamp = stamp.ok_or_else(|| TooLate(entry.id.clone()))?;
        working.changed = true;
        Ok(())
    }
}

impl Working {
    const fn none(id: String) -> Self {
        let entry = Entry { id, stamp: Stamp::from_number(0), late: Vec::new(), body: None };
        Self { entry, changed: false }
    }

    fn has_taken(&self, position: Position, turn: Turn) -> bool {
        match turn {
            Turn::InOrder => self.entry.stamp.position() >= position,
            Turn::Late => self.entry.late.contains(&position),
        }
    }
}

/// Runs what a projection wrote; an error or a panic is the event's.
fn guarded<T>(
    event: &RecordedEvent,
    work: impl FnOnce() -> Result<T, BoxError>,
) -> Result<T, ProjectionError> {
    let position = event.position();
    let done = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(&*panic).into()));
    done.map_err(|source| ProjectionError { position, source })
}

fn panicked(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    format!("it panicked: {}", text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default())
}
