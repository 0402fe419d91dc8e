//! What the writer knows of dictionaries and of the ends of streams, without asking the file.
//!
//! Everything that an open transaction changes here is listed, and forgotten when it, or a member of it, is rolled back:
//! what is remembered is either committed or stands in the transaction that is open. Bounded; what was pushed out is
//! read again.

use std::collections::HashMap;

use diptych_core::{Position, Revision, StreamId, Tag, event::SmolStr};
use quick_cache::unsync::Cache;
use rusqlite::Connection;

use crate::read;

/// Streams, and tags, that are remembered.
const REMEMBERED: usize = 32_768;

/// The number of a stream and its last event.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamEnd {
    pub(super) id: i64,
    pub(super) last: Option<(Revision, Position)>,
}

/// See the page.
pub(super) struct Known {
    streams: Cache<StreamId, StreamEnd>,
    tags: Cache<Tag, i64>,
    types: HashMap<SmolStr, i64>,
    categories: HashMap<Box<str>, i64>,
    changed: Vec<Changed>,
}

enum Changed {
    Stream(StreamId),
    Tag(Tag),
    Type(SmolStr),
    Category(Box<str>),
}

/// A moment to go back to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark(usize);

impl Known {
    pub(super) fn new() -> Self {
        Self {
            streams: Cache::new(REMEMBERED),
            tags: Cache::new(REMEMBERED),
            types: HashMap::new(),
            categories: HashMap::new(),
            changed: Vec::new(),
        }
    }

    /// The end of a stream, if it is remembered.
    pub(super) fn remembered(&self, stream: &StreamId) -> Option<StreamEnd> {
        self.streams.get(stream).copied()
    }

    /// The end of a stream; none if it has no events.
    pub(super) fn stream(
        &mut self,
        connection: &Connection,
        stream: &StreamId,
    ) -> rusqlite::Result<Option<StreamEnd>> {
        if let Some(end) = self.remembered(stream) {
            return Ok(Some(end));
        }
        let Some(id) = read::stream_id(connection, stream)? else { return Ok(None) };
        let end = StreamEnd { id, last: read::last_of_id(connection, id)? };
        self.streams.insert(stream.clone(), end);
        Ok(Some(end))
    }

    /// The number of a tag; none if no event has it.
    pub(super) fn tag(&mut self, connection: &Connection, tag: &Tag) -> rusqlite::Result<Option<i64>> {
        if let Some(id) = self.tags.get(tag) {
            return Ok(Some(*id));
        }
        let id = read::tag_id(connection, tag)?;
        if let Some(id) = id {
            self.tags.insert(tag.clone(), id);
        }
        Ok(id)
    }

    /// The number of a stored name of events; none if no event has it.
    pub(super) fn event_type(
        &mut self,
        connection: &Connection,
        name: &SmolStr,
    ) -> rusqlite::Result<Option<i64>> {
        if let Some(id) = self.types.get(name) {
            return Ok(Some(*id));
        }
        let id = read::type_id(connection, name)?;
        if let Some(id) = id {
            self.types.insert(name.clone(), id);
        }
        Ok(id)
    }

    /// The number of a category; none if no stream is of it.
    pub(super) fn category(&mut self, connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
        if let Some(id) = self.categories.get(name) {
            return Ok(Some(*id));
        }
        let id = read::category_id(connection, name)?;
        if let Some(id) = id {
            self.categories.insert(name.into(), id);
        }
        Ok(id)
    }

    /// A stream has a new end in the open transaction.
    pub(super) fn stream_is(&mut self, stream: &StreamId, end: StreamEnd) {
        self.changed.push(Changed::Stream(stream.clone()));
        self.streams.insert(stream.clone(), end);
    }

    /// A tag has been numbered in the open transaction.
    pub(super) fn tag_is(&mut self, tag: &Tag, id: i64) {
        self.changed.push(Changed::Tag(tag.clone()));
        self.tags.insert(tag.clone(), id);
    }

    /// A type has been numbered in the open transaction.
    pub(super) fn type_is(&mut self, name: &SmolStr, id: i64) {
        self.changed.push(Changed::Type(name.clone()));
        self.types.insert(name.clone(), id);
    }

    /// A category has been numbered in the open transaction.
    pub(super) fn category_is(&mut self, name: &str, id: i64) {
        self.changed.push(Changed::Category(name.into()));
        self.categories.insert(name.into(), id);
    }

    pub(super) fn mark(&self) -> Mark {
        Mark(self.changed.len())
    }

    /// What was changed since `mark` was rolled back.
    pub(super) fn rolled_back_to(&mut self, mark: Mark) {
        for changed in self.changed.drain(mark.0..) {
            match changed {
                Changed::Stream(stream) => drop(self.streams.remove(&stream)),
                Changed::Tag(tag) => drop(self.tags.remove(&tag)),
                Changed::Type(name) => drop(self.types.remove(&name)),
                Changed::Category(name) => drop(self.categories.remove(&name)),
            }
        }
    }

    /// The open transaction was rolled back.
    pub(super) fn rolled_back(&mut self) {
        self.rolled_back_to(Mark(0));
    }

    /// The open transaction was committed.
    pub(super) fn committed(&mut self) {
        self.changed.clear();
    }
}
