//! What is remembered of commands beside their events, found by idempotency key and by correlation id.

use std::collections::HashMap;

use diptych_core::{
    CorrelationId, RecordedEvent, Timestamp,
    store::{KeptNote, Note},
};

/// Notes in the order in which they were kept.
#[derive(Debug, Default)]
pub(super) struct Notes {
    notes: Vec<Kept>,
    by_key: HashMap<String, usize>,
    last_by_correlation: HashMap<CorrelationId, usize>,
}

#[derive(Debug)]
struct Kept {
    key: Option<String>,
    at: Timestamp,
    note: KeptNote,
}

impl Notes {
    pub(super) fn by_key(&self, key: &str) -> Option<&KeptNote> {
        self.by_key.get(key).map(|at| &self.notes[*at].note)
    }

    pub(super) fn by_correlation(&self, id: &CorrelationId) -> Option<&KeptNote> {
        self.last_by_correlation.get(id).map(|at| &self.notes[*at].note)
    }

    /// Keeps a note, completed by the events of its append.
    pub(super) fn keep(&mut self, note: Note, events: &[RecordedEvent]) {
        let of_target = events.iter().rfind(|event| *event.stream() == note.target);
        let (key, fingerprint) = note.key.map(|key| (key.key, key.fingerprint)).unzip();
        self.put(Kept {
            key,
            at: note.at,
            note: KeptNote {
                correlation_id: note.correlation_id,
                target: note.target,
                revision: of_target.map(|event| event.metadata.revision).or(note.revision),
                position: events.last().map_or(note.position, RecordedEvent::position),
                fingerprint,
            },
        });
    }

    /// Forgets those made before this moment; answers how many.
    pub(super) fn forget(&mut self, before: Timestamp) -> usize {
        let all = std::mem::take(self).notes;
        let count = all.len();
        all.into_iter().filter(|kept| kept.at >= before).for_each(|kept| self.put(kept));
        count - self.notes.len()
    }

    fn put(&mut self, kept: Kept) {
        let at = self.notes.len();
        if let Some(key) = &kept.key {
            self.by_key.insert(key.clone(), at);
        }
        self.last_by_correlation.insert(kept.note.correlation_id.clone(), at);
        self.notes.push(kept);
    }
}
