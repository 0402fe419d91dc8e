//! The cache of folded states: always safe, since every append is conditional; bounded in bytes.

use std::{any::TypeId, sync::Arc};

use diptych_core::{Position, RecordedEvent, Scope, codec::DecodeError, reads::Wanted, state::SharedState};
use quick_cache::{Equivalent, Weighter, sync::Cache};

/// What one entry weighs beside its state: key, links and counters, in bytes. An estimate, on the large side.
const OVERHEAD: u64 = 512;

type Key = (TypeId, Scope);

/// A key that is looked up: nothing is copied for it.
#[derive(Hash)]
struct Asked<'a>(TypeId, &'a Scope);

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, (type_id, scope): &Key) -> bool {
        self.0 == *type_id && self.1 == scope
    }
}

/// A state and up to where its scope was folded.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) state: SharedState,
    pub(crate) position: Position,
    /// How many events were folded in all.
    pub(crate) folded: u64,
    /// How many of them since the last snapshot.
    pub(crate) unsaved: u64,
    /// The state's own size and the payloads that went into it: no state is known to hold more than it was given.
    bytes: u64,
}

impl Entry {
    /// A state that no event has touched.
    pub(crate) fn begin(wanted: &Wanted) -> Self {
        Self {
            state: Arc::from((wanted.kind.begin)()),
            position: Position::START,
            folded: 0,
            unsaved: 0,
            bytes: u64::try_from(wanted.kind.size).unwrap_or(0),
        }
    }

    /// A state that was saved.
    pub(crate) fn saved(state: SharedState, position: Position, folded: u64, bytes: usize) -> Self {
        Self { state, position, folded, unsaved: 0, bytes: u64::try_from(bytes).unwrap_or(0) }
    }

    /// Takes in events, which are of its scope and after its position; then it stands at `to`.
    pub(crate) fn fold<'a>(
        &self,
        events: impl Iterator<Item = &'a RecordedEvent>,
        to: Position,
    ) -> Result<Self, DecodeError> {
        let mut next = self.clone();
        let mut state = None;
        for event in events {
            state.get_or_insert_with(|| self.state.copy()).fold(event)?;
            next.folded += 1;
            next.unsaved += 1;
            next.bytes += u64::try_from(event.payload.len()).unwrap_or(0);
        }
        if let Some(state) = state {
            next.state = Arc::from(state);
        }
        next.position = next.position.max(to);
        Ok(next)
    }
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Entry> for Bytes {
    fn weight(&self, _: &Key, entry: &Entry) -> u64 {
        entry.bytes + OVERHEAD
    }
}

/// Folded states by scope.
pub(crate) struct StateCache(Cache<Key, Entry, Bytes>);

impl StateCache {
    /// A cache of at most so many bytes; 0 keeps nothing.
    pub(crate) fn of_bytes(bytes: u64) -> Self {
        let entries = usize::try_from(bytes / OVERHEAD).unwrap_or(usize::MAX).clamp(1, 1_000_000);
        Self(Cache::with_weighter(entries, bytes, Bytes))
    }

    pub(crate) fn get(&self, wanted: &Wanted) -> Option<Entry> {
        self.0.get(&Asked(wanted.kind.type_id, &wanted.scope))
    }

    /// Keeps the entry unless a newer one is there.
    pub(crate) fn put(&self, wanted: &Wanted, entry: &Entry) {
        if self.get(wanted).is_none_or(|kept| kept.position <= entry.position) {
            self.0.insert((wanted.kind.type_id, wanted.scope.clone()), entry.clone());
        }
    }
}
