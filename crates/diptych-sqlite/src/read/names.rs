//! What the numbers of the dictionaries stand for, and the numbers of names.
//!
//! Rows of a dictionary never change, so what a reader has met it may remember: a reader sees committed rows only. The
//! writer must not use these for what it has not committed.

use std::collections::HashMap;

use bytes::{Bytes, BytesMut};
use diptych_core::{StreamId, Tag, event::SmolStr};
use rusqlite::{Connection, OptionalExtension, types::FromSqlError};

use super::slots::Slots;
use crate::pack::{pack, unpack};

/// What one connection has met.
#[derive(Debug, Default)]
pub(crate) struct Names {
    streams: Slots<NamedStream>,
    tags: Slots<Tag>,
    types: Slots<SmolStr>,
    /// The numbers of types by name; of names that a filter asked for, which are few.
    numbers: HashMap<String, i64>,
    /// Where the next payloads go.
    piece: BytesMut,
}

/// How much memory neighbouring payloads share, in bytes. Whoever keeps one of them keeps as much.
const PIECE: usize = 16 << 10;

/// How many numbers of types are remembered; callers may ask for any names.
const NUMBERS: usize = 1_024;

/// A stream with the number of its category.
#[derive(Clone, Debug)]
pub(super) struct NamedStream {
    pub(super) stream: StreamId,
    pub(super) category: i64,
}

impl Names {
    /// A copy of a payload, in memory that it shares with its neighbours: one allocation for dozens of events.
    pub(super) fn keep(&mut self, payload: &[u8]) -> Bytes {
        if payload.len() > PIECE / 4 {
            return Bytes::copy_from_slice(payload);
        }
        if self.piece.capacity() < payload.len() {
            self.piece = BytesMut::with_capacity(PIECE);
        }
        self.piece.extend_from_slice(payload);
        self.piece.split().freeze()
    }

    /// The stream of this number.
    pub(super) fn stream(&mut self, connection: &Connection, id: i64) -> rusqlite::Result<NamedStream> {
        if let Some(named) = self.streams.get(id) {
            return Ok(named.clone());
        }
        let named = stream_of(connection, id)?;
        self.streams.put(id, named.clone());
        Ok(named)
    }

    /// The tag of this number.
    pub(super) fn tag(&mut self, connection: &Connection, id: i64) -> rusqlite::Result<Tag> {
        if let Some(tag) = self.tags.get(id) {
            return Ok(tag.clone());
        }
        let mut statement = connection.prepare_cached(include_str!("../../sql/read/tag_name.sql"))?;
        let tag = statement.query_row([id], |row| Ok(unpack(row.get_ref(0)?, Tag::stored)?))?;
        self.tags.put(id, tag.clone());
        Ok(tag)
    }

    /// The number of a stored name of events; none if no event has it yet.
    pub(super) fn type_number(
        &mut self,
        connection: &Connection,
        name: &str,
    ) -> rusqlite::Result<Option<i64>> {
        if let Some(number) = self.numbers.get(name) {
            return Ok(Some(*number));
        }
        let number = type_id(connection, name)?;
        if let Some(number) = number {
            if self.numbers.len() >= NUMBERS {
                self.numbers.clear();
            }
            self.numbers.insert(name.to_owned(), number);
        }
        Ok(number)
    }

    /// The stored name of the type of this number.
    pub(super) fn event_type(&mut self, connection: &Connection, id: i64) -> rusqlite::Result<SmolStr> {
        if let Some(name) = self.types.get(id) {
            return Ok(name.clone());
        }
        let mut statement = connection.prepare_cached(include_str!("../../sql/read/type_name.sql"))?;
        let name: SmolStr = statement.query_row([id], |row| Ok(row.get_ref(0)?.as_str()?.into()))?;
        self.types.put(id, name.clone());
        Ok(name)
    }
}

fn stream_of(connection: &Connection, id: i64) -> rusqlite::Result<NamedStream> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/read/stream_name.sql"))?;
    statement.query_row([id], |row| {
        let category = row.get_ref(1)?.as_str()?;
        let stream = unpack(row.get_ref(2)?, |name| StreamId::parse(category, name))?;
        Ok(NamedStream { stream: stream.map_err(FromSqlError::other)?, category: row.get(0)? })
    })
}

/// The number of a stream; none if it has no events.
pub(crate) fn stream_id(connection: &Connection, stream: &StreamId) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/read/stream_id.sql"))?;
    statement.query_row((stream.category(), pack(stream.id().as_str())), |row| row.get(0)).optional()
}

/// The number of a category; none if no stream is of it.
pub(crate) fn category_id(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/read/category_id.sql"))?;
    statement.query_row([name], |row| row.get(0)).optional()
}

/// The number of a stored name of events; none if no event has it.
pub(crate) fn type_id(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/read/type_id.sql"))?;
    statement.query_row([name], |row| row.get(0)).optional()
}

/// The numbers of all stored names of events.
pub(super) fn type_ids(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/read/type_ids.sql"))?;
    statement.query_map([], |row| row.get(0))?.collect()
}

/// The number of a tag; none if no event has it.
pub(crate) fn tag_id(connection: &Connection, tag: &Tag) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/read/tag_id.sql"))?;
    statement.query_row([pack(tag.as_str())], |row| row.get(0)).optional()
}
