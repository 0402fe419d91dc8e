//! One member of a group: judged, written, or refused with nothing left behind.

use diptych_core::{
    Append, AppendError, Appended, Conflict, Failure, NewEvent, Position, RecordedEvent, Revision, StreamId,
    Tag, event::SmolStr, metadata::Metadata,
};

use super::{known::StreamEnd, writer::Writer};
use crate::{
    notes,
    pack::{pack, pack_causation, pack_correlation},
    varint,
};

/// Why a member is not written.
pub(super) enum Refusal {
    /// It is told so; the others go on.
    Answer(AppendError),
    /// The engine broke, and with it the whole transaction.
    Broken(rusqlite::Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Broken(error)
    }
}

impl From<Conflict> for Refusal {
    fn from(conflict: Conflict) -> Self {
        Self::Answer(conflict.into())
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Answer(failure.into())
    }
}

/// Where the events of a member stand in the open transaction.
pub(super) struct Placed {
    /// What is answered.
    position: Position,
    /// The place of the first event; the others follow without gaps.
    first: Position,
    revisions: Vec<Revision>,
    /// The events with their places, where inline projections had to see them.
    recorded: Option<Vec<RecordedEvent>>,
}

impl Placed {
    /// What the caller is told once it is durable.
    pub(super) fn answer(self, events: Vec<NewEvent>) -> Appended {
        let Self { position, first, revisions, recorded } = self;
        let events = recorded.unwrap_or_else(|| record(events, first, &revisions));
        Appended { events, position }
    }
}

fn record(events: Vec<NewEvent>, first: Position, revisions: &[Revision]) -> Vec<RecordedEvent> {
    let places = (first.get()..).map(Position::new).zip(revisions);
    let recorded = events.into_iter().zip(places).map(|(event, (position, revision))| {
        let NewEvent { stream, event_type, schema_version, payload, tags, provenance } = event;
        let metadata = Metadata { position, stream, revision: *revision, provenance };
        RecordedEvent { event_type, schema_version, payload, tags, metadata }
    });
    recorded.collect()
}

impl Writer<'_> {
    /// Judges and writes an append in the open transaction. Those scopes of its boundary that name no
    /// stream have been judged up to `judged_to`.
    pub(super) fn write(&mut self, append: &Append, judged_to: Position) -> Result<Placed, Refusal> {
        let Append { events, condition, note } = append;
        if let Some(key) = note.as_ref().and_then(|note| note.key.as_ref())
            && let Some(kept) = notes::by_key(self.connection, &key.key)?
        {
            return Err(Refusal::Answer(AppendError::KeyUsed(Box::new(kept))));
        }
        self.judge(condition, judged_to)?;
        let first = following(self.head);
        let mut revisions = Vec::with_capacity(events.len());
        for event in events {
            revisions.push(self.write_event(event)?);
        }
        if let Some(note) = note {
            let of_target = events.iter().zip(&revisions).rfind(|(event, _)| event.stream == note.target);
            let revision = of_target.map(|(_, revision)| *revision).or(note.revision);
            let position = if events.is_empty() { note.position } else { self.head };
            notes::insert(self.connection, note, revision, position)?;
        }
        let mut recorded = None;
        if !self.inline.is_empty() && !events.is_empty() {
            let list = record(events.clone(), first, &revisions);
            self.inline.apply(self.connection, &self.guard, &list)?;
            recorded = Some(list);
        }
        Ok(Placed { position: self.head, first, revisions, recorded })
    }

    fn write_event(&mut self, event: &NewEvent) -> rusqlite::Result<Revision> {
        let position = following(self.head);
        let end = self.stream_of(&event.stream)?;
        let revision = end.last.map_or(Revision::FIRST, |(last, _)| last.next());
        let event_type = self.type_of(&event.event_type)?;
        self.tag_numbers.clear();
        for tag in &event.tags {
            let tag = self.tag_of(tag)?;
            varint::push(&mut self.tag_numbers, tag);
            self.statements.insert_event_tag.execute((tag, event_type, position.to_i64()))?;
        }
        let from = &event.provenance;
        self.statements.insert_event.execute((
            position.to_i64(),
            end.id,
            revision.to_i64(),
            event_type,
            event.schema_version,
            from.recorded_at.as_micros(),
            from.event_id.as_bytes().as_slice(),
            pack_correlation(&from.correlation_id),
            pack_causation(&from.causation_id),
            from.actor.as_ref().map(|actor| &*actor.0),
            self.tag_numbers.as_slice(),
            &event.payload[..],
        ))?;
        self.head = position;
        self.recent.push(event, position);
        self.known.stream_is(&event.stream, StreamEnd { id: end.id, last: Some((revision, position)) });
        Ok(revision)
    }

    fn stream_of(&mut self, stream: &StreamId) -> rusqlite::Result<StreamEnd> {
        if let Some(end) = self.known.stream(self.connection, stream)? {
            return Ok(end);
        }
        let category = match self.known.category(self.connection, stream.category())? {
            Some(id) => id,
            None => {
                let id = self.statements.insert_category.insert([stream.category()])?;
                self.known.category_is(stream.category(), id);
                id
            }
        };
        let id = self.statements.insert_stream.insert((category, pack(stream.id().as_str())))?;
        Ok(StreamEnd { id, last: None })
    }

    fn type_of(&mut self, name: &SmolStr) -> rusqlite::Result<i64> {
        if let Some(id) = self.known.event_type(self.connection, name)? {
            return Ok(id);
        }
        let id = self.statements.insert_type.insert([&**name])?;
        self.known.type_is(name, id);
        Ok(id)
    }

    fn tag_of(&mut self, tag: &Tag) -> rusqlite::Result<i64> {
        if let Some(id) = self.known.tag(self.connection, tag)? {
            return Ok(id);
        }
        let id = self.statements.insert_tag.insert([pack(tag.as_str())])?;
        self.known.tag_is(tag, id);
        Ok(id)
    }
}

/// The place after this one: this store leaves no gaps.
const fn following(position: Position) -> Position {
    Position::new(position.get().saturating_add(1))
}
