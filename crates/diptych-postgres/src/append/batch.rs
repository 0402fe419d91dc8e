//! What a group writes: one statement per table, with a column of values per parameter.

use diptych_core::{
    NewEvent, Position, Revision,
    store::{KeptNote, Note},
};
use tokio_postgres::{Client, Error, types::Type};
use uuid::Uuid;

use super::ground::array;
use crate::{pool::Param, schema::Schema};

/// New rows of a dictionary.
#[derive(Default)]
pub(super) struct NewNames {
    ids: Vec<i64>,
    names: Vec<String>,
}

impl NewNames {
    pub(super) fn add(&mut self, id: i64, name: &str) {
        self.ids.push(id);
        self.names.push(name.to_owned());
    }
}

/// See the page.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) categories: NewNames,
    pub(super) types: NewNames,
    pub(super) tags: NewNames,
    streams: NewNames,
    streams_of: Vec<i64>,
    events: Events,
    event_tags: [Vec<i64>; 3],
    notes: Notes,
}

#[derive(Default)]
struct Events {
    position: Vec<i64>,
    stream: Vec<i64>,
    revision: Vec<i64>,
    event_type: Vec<i64>,
    schema_version: Vec<i64>,
    recorded_at: Vec<i64>,
    event_id: Vec<Uuid>,
    correlation_id: Vec<String>,
    causation_id: Vec<String>,
    actor: Vec<Option<String>>,
    tags: Vec<String>,
    payload: Vec<Vec<u8>>,
}

#[derive(Default)]
struct Notes {
    correlation_id: Vec<String>,
    category: Vec<String>,
    target: Vec<String>,
    revision: Vec<Option<i64>>,
    position: Vec<i64>,
    key: Vec<Option<String>>,
    fingerprint: Vec<Option<Vec<u8>>>,
    at: Vec<i64>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.events.position.is_empty() && self.notes.at.is_empty()
    }

    pub(super) fn stream(&mut self, id: i64, category: i64, name: &str) {
        self.streams.add(id, name);
        self.streams_of.push(category);
    }

    pub(super) fn event(
        &mut self,
        event: &NewEvent,
        position: Position,
        (stream, revision): (i64, Revision),
        event_type: i64,
        tags: &[i64],
    ) {
        let (columns, from) = (&mut self.events, &event.provenance);
        columns.position.push(position.to_i64());
        columns.stream.push(stream);
        columns.revision.push(revision.to_i64());
        columns.event_type.push(event_type);
        columns.schema_version.push(event.schema_version.into());
        columns.recorded_at.push(from.recorded_at.as_micros());
        columns.event_id.push(from.event_id);
        columns.correlation_id.push(from.correlation_id.to_string());
        columns.causation_id.push(from.causation_id.to_string());
        columns.actor.push(from.actor.as_ref().map(|actor| (*actor.0).to_owned()));
        columns.tags.push(array(tags));
        columns.payload.push(event.payload.to_vec());
        for tag in tags {
            let [of, types, positions] = &mut self.event_tags;
            of.push(*tag);
            types.push(event_type);
            positions.push(position.to_i64());
        }
    }

    pub(super) fn note(&mut self, note: &Note, kept: &KeptNote) {
        let columns = &mut self.notes;
        columns.correlation_id.push(kept.correlation_id.to_string());
        columns.category.push(kept.target.category().to_owned());
        columns.target.push(kept.target.id().as_str().to_owned());
        columns.revision.push(kept.revision.map(Revision::to_i64));
        columns.position.push(kept.position.to_i64());
        columns.key.push(note.key.as_ref().map(|key| key.key.clone()));
        columns.fingerprint.push(kept.fingerprint.map(|bytes| bytes.to_vec()));
        columns.at.push(note.at.as_micros());
    }

    /// By what it is found again, in the transaction of this id.
    pub(super) fn trace(&self, xid: String) -> Trace {
        Trace { xid, event: self.events.last(), note: self.notes.last() }
    }

    /// Writes all of it in one round trip, and tells whoever listens, once.
    pub(super) async fn write(&self, client: &Client, schema: &Schema, head: Position) -> Result<(), Error> {
        let (events, notes, [tag, tag_type, tag_position]) = (&self.events, &self.notes, &self.event_tags);
        let streams: [Param<'_>; 3] = [
            (&self.streams.ids, Type::INT8_ARRAY),
            (&self.streams_of, Type::INT8_ARRAY),
            (&self.streams.names, Type::TEXT_ARRAY),
        ];
        let event_tags: [Param<'_>; 3] =
            [(tag, Type::INT8_ARRAY), (tag_type, Type::INT8_ARRAY), (tag_position, Type::INT8_ARRAY)];
        let head = head.to_string();
        let notify: [Param<'_>; 1] = [(&head, Type::TEXT)];
        let sql = schema.sql(include_str!("../../sql/append/notify.sql"));
        let (events_given, notes_given) = (events.params(), notes.params());
        tokio::try_join!(
            biased;
            insert_names(client, schema, include_str!("../../sql/append/insert_categories.sql"), &self.categories),
            insert_names(client, schema, include_str!("../../sql/append/insert_types.sql"), &self.types),
            insert_names(client, schema, include_str!("../../sql/append/insert_tags.sql"), &self.tags),
            insert(client, schema, include_str!("../../sql/append/insert_streams.sql"), &streams, self.streams.ids.len()),
            insert(client, schema, include_str!("../../sql/append/insert_events.sql"), &events_given, events.position.len()),
            insert(client, schema, include_str!("../../sql/append/insert_event_tags.sql"), &event_tags, tag.len()),
            insert(client, schema, include_str!("../../sql/append/insert_notes.sql"), &notes_given, notes.at.len()),
            client.query_typed(&sql, &notify),
        )
        .map(drop)
    }
}

/// By what a transaction is found again: its id, and the last row of those it wrote.
pub(super) struct Trace {
    pub(super) xid: String,
    /// Position and id.
    pub(super) event: Option<(i64, Uuid)>,
    /// Correlation id, moment and position.
    pub(super) note: Option<(String, i64, i64)>,
}

impl Events {
    fn last(&self) -> Option<(i64, Uuid)> {
        Some((*self.position.last()?, *self.event_id.last()?))
    }
}

impl Notes {
    fn last(&self) -> Option<(String, i64, i64)> {
        Some((self.correlation_id.last()?.clone(), *self.at.last()?, *self.position.last()?))
    }
}

impl Events {
    fn params(&self) -> [Param<'_>; 12] {
        [
            (&self.position, Type::INT8_ARRAY),
            (&self.stream, Type::INT8_ARRAY),
            (&self.revision, Type::INT8_ARRAY),
            (&self.event_type, Type::INT8_ARRAY),
            (&self.schema_version, Type::INT8_ARRAY),
            (&self.recorded_at, Type::INT8_ARRAY),
            (&self.event_id, Type::UUID_ARRAY),
            (&self.correlation_id, Type::TEXT_ARRAY),
            (&self.causation_id, Type::TEXT_ARRAY),
            (&self.actor, Type::TEXT_ARRAY),
            (&self.tags, Type::TEXT_ARRAY),
            (&self.payload, Type::BYTEA_ARRAY),
        ]
    }
}

impl Notes {
    fn params(&self) -> [Param<'_>; 8] {
        [
            (&self.correlation_id, Type::TEXT_ARRAY),
            (&self.category, Type::TEXT_ARRAY),
            (&self.target, Type::TEXT_ARRAY),
            (&self.revision, Type::INT8_ARRAY),
            (&self.position, Type::INT8_ARRAY),
            (&self.key, Type::TEXT_ARRAY),
            (&self.fingerprint, Type::BYTEA_ARRAY),
            (&self.at, Type::INT8_ARRAY),
        ]
    }
}

async fn insert_names(client: &Client, schema: &Schema, sql: &str, new: &NewNames) -> Result<(), Error> {
    let params: [Param<'_>; 2] = [(&new.ids, Type::INT8_ARRAY), (&new.names, Type::TEXT_ARRAY)];
    insert(client, schema, sql, &params, new.ids.len()).await
}

/// Inserts so many rows, if there are any.
async fn insert(
    client: &Client,
    schema: &Schema,
    sql: &str,
    params: &[Param<'_>],
    rows: usize,
) -> Result<(), Error> {
    if rows == 0 {
        return Ok(());
    }
    client.execute_typed(&schema.sql(sql), params).await.map(drop)
}
