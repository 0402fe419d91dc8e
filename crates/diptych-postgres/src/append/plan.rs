//! Which members of a group are taken, in turn: each against what was found, and against the members before it.
//!
//! The earlier members' events are matched in memory by the matcher of reference, [`Scope::holds`](diptych_core::Scope::holds).

use diptych_core::{
    Append, AppendCondition, AppendError, Appended, Conflict, NewEvent, Position, RecordedEvent, Revision,
    StreamId, Tag,
    event::SmolStr,
    metadata::Metadata,
    store::{KeptNote, Note},
};

use super::{
    batch::Batch,
    ground::{End, Ground},
    writer::Known,
};

/// What a member is answered, if the transaction is committed.
pub(super) type Planned = Result<Appended, AppendError>;

/// Numbers that were given in this group, and the ends of its streams after it.
#[derive(Default)]
pub(super) struct Fresh {
    head: Position,
    ends: Vec<(StreamId, End)>,
    categories: Vec<(String, i64)>,
    types: Vec<(SmolStr, i64)>,
    tags: Vec<(Tag, i64)>,
}

/// See the page.
pub(super) struct Plan {
    ground: Ground,
    head: Position,
    earlier: Vec<RecordedEvent>,
    batch: Batch,
    fresh: Fresh,
}

impl Plan {
    pub(super) fn on(ground: Ground) -> Self {
        Self {
            head: ground.head,
            ground,
            earlier: Vec::new(),
            batch: Batch::default(),
            fresh: Fresh::default(),
        }
    }

    /// What is to be written, what is known once it is, and the head after it; `head` where no event is written.
    pub(super) fn written(mut self, head: Position) -> (Batch, Fresh, Position) {
        let head = self.head.max(head);
        self.fresh.head = head;
        self.fresh.ends = self.ground.ends.into_iter().filter(|(_, end)| end.last.is_some()).collect();
        (self.batch, self.fresh, head)
    }

    /// Takes or refuses the member of this number.
    pub(super) fn take(&mut self, nth: usize, append: &Append) -> Planned {
        let key = append.note.as_ref().and_then(|note| note.key.as_ref());
        if let Some(kept) = key.and_then(|key| self.ground.keys.get(&key.key)) {
            return Err(AppendError::KeyUsed(Box::new(kept.clone())));
        }
        self.judge(nth, &append.condition)?;
        let events: Vec<_> = append.events.iter().map(|event| self.record(event)).collect();
        if let Some(note) = &append.note {
            self.note(note, &events);
        }
        self.earlier.extend(events.iter().cloned());
        Ok(Appended { events, position: self.head })
    }

    /// The expected revisions first, then the boundary.
    fn judge(&self, nth: usize, condition: &AppendCondition) -> Result<(), Conflict> {
        for (stream, expected) in &condition.expected {
            let found = self.ground.ends.get(stream).and_then(|end| end.last);
            if !expected.holds(found) {
                return Err(Conflict::Revision { stream: stream.clone(), expected: *expected, found });
            }
        }
        let after = condition.after;
        for (at, scope) in condition.boundary.0.iter().enumerate() {
            let mut earlier = self.earlier.iter().filter(|event| event.position() > after);
            let earlier = earlier.find(|event| scope.holds(event.stream(), &event.event_type, &event.tags));
            let found = self.ground.hindered.get(&(nth, at)).copied();
            if let Some(found) = found.or_else(|| earlier.map(RecordedEvent::position)) {
                return Err(Conflict::Boundary { after, found });
            }
        }
        Ok(())
    }

    fn record(&mut self, event: &NewEvent) -> RecordedEvent {
        let position = Position::new(self.head.get().saturating_add(1));
        let end = self.end(&event.stream);
        let revision = end.last.map_or(Revision::FIRST, Revision::next);
        let event_type = self.event_type(&event.event_type);
        let tags: Vec<i64> = event.tags.iter().map(|tag| self.tag(tag)).collect();
        self.batch.event(event, position, (end.id, revision), event_type, &tags);
        self.ground.ends.insert(event.stream.clone(), End { id: end.id, last: Some(revision), at: position });
        self.head = position;
        let NewEvent { stream, event_type, schema_version, payload, tags, provenance } = event.clone();
        let metadata = Metadata { position, stream, revision, provenance };
        RecordedEvent { event_type, schema_version, payload, tags, metadata }
    }

    fn end(&mut self, stream: &StreamId) -> End {
        if let Some(end) = self.ground.ends.get(stream) {
            return *end;
        }
        let category = match self.ground.categories.get(stream.category()) {
            Some(id) => *id,
            None => {
                let id = following(&mut self.ground.largest.category);
                self.ground.categories.insert(stream.category().to_owned(), id);
                self.fresh.categories.push((stream.category().to_owned(), id));
                self.batch.categories.add(id, stream.category());
                id
            }
        };
        let id = following(&mut self.ground.largest.stream);
        self.batch.stream(id, category, stream.id().as_str());
        End { id, last: None, at: Position::START }
    }

    fn event_type(&mut self, name: &SmolStr) -> i64 {
        if let Some(id) = self.ground.types.get(&**name) {
            return *id;
        }
        let id = following(&mut self.ground.largest.event_type);
        self.ground.types.insert((**name).to_owned(), id);
        self.fresh.types.push((name.clone(), id));
        self.batch.types.add(id, name);
        id
    }

    fn tag(&mut self, tag: &Tag) -> i64 {
        if let Some(id) = self.ground.tags.get(tag.as_str()) {
            return *id;
        }
        let id = following(&mut self.ground.largest.tag);
        self.ground.tags.insert(tag.as_str().to_owned(), id);
        self.fresh.tags.push((tag.clone(), id));
        self.batch.tags.add(id, tag.as_str());
        id
    }

    fn note(&mut self, note: &Note, events: &[RecordedEvent]) {
        let of_target = events.iter().rfind(|event| *event.stream() == note.target);
        let kept = KeptNote {
            correlation_id: note.correlation_id.clone(),
            target: note.target.clone(),
            revision: of_target.map(|event| event.metadata.revision).or(note.revision),
            position: events.last().map_or(note.position, RecordedEvent::position),
            fingerprint: note.key.as_ref().map(|key| key.fingerprint),
        };
        self.batch.note(note, &kept);
        if let Some(key) = &note.key {
            self.ground.keys.insert(key.key.clone(), kept);
        }
    }
}

impl Known {
    /// What was given in a group that is committed.
    pub(super) fn learn(&mut self, fresh: Fresh) {
        self.head = fresh.head;
        for (stream, end) in fresh.ends {
            self.ends.insert(stream, end);
        }
        self.categories.extend(fresh.categories);
        self.types.extend(fresh.types);
        for (tag, id) in fresh.tags {
            self.tags.insert(tag, id);
        }
    }
}

fn following(largest: &mut i64) -> i64 {
    *largest = largest.saturating_add(1);
    *largest
}
