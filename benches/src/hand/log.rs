//! A log by hand: events with a stream and a revision, and tags where there are some. What is known of streams and tags is
//! kept in maps, since one process writes.

use std::{collections::HashMap, path::Path};

use rusqlite::{Connection, Statement};

use super::{Sync, open};

/// The types of events, as this log numbers them.
pub(crate) const OPENED: i64 = 0;
/// See [`OPENED`].
pub(crate) const DEPOSITED: i64 = 1;
/// See [`OPENED`].
pub(crate) const WITHDRAWN: i64 = 2;

/// What is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    pub(crate) stream: String,
    pub(crate) kind: i64,
    pub(crate) recorded_at: i64,
    pub(crate) payload: Vec<u8>,
    pub(crate) tags: Vec<String>,
    /// The revision that the stream's last event must have.
    pub(crate) expected: Option<i64>,
}

/// Makes a log, or opens one.
///
/// # Errors
/// What SQLite said.
pub(crate) fn make(file: &Path) -> rusqlite::Result<Connection> {
    let fresh = !file.exists();
    let connection = open(file, Sync::Full)?;
    if fresh {
        connection.execute_batch(include_str!("../../sql/hand_log.sql"))?;
    }
    Ok(connection)
}

/// The writing side of a log, with its statements prepared.
pub(crate) struct Writer<'c> {
    begin: Statement<'c>,
    commit: Statement<'c>,
    insert_event: Statement<'c>,
    insert_stream: Statement<'c>,
    insert_tag: Statement<'c>,
    insert_event_tag: Statement<'c>,
    streams: HashMap<String, (i64, i64)>,
    tags: HashMap<String, i64>,
    head: i64,
}

/// The stream had other events than was expected.
#[derive(Debug)]
pub(crate) struct Stale;

impl<'c> Writer<'c> {
    /// On this connection.
    ///
    /// # Errors
    /// What SQLite said.
    pub(crate) fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        let ends = "SELECT name, id, (SELECT coalesce(max(revision), -1) FROM events WHERE stream = id) FROM streams";
        let mut ends = connection.prepare(ends)?;
        let streams = ends.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
        let mut tags = connection.prepare("SELECT name, id FROM tags")?;
        let tags = tags.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let head = "SELECT coalesce(max(position), 0) FROM events";
        Ok(Self {
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            insert_event: connection.prepare(
                "INSERT INTO events (position, stream, revision, type, recorded_at, payload) VALUES (?, ?, ?, ?, ?, ?)",
            )?,
            insert_stream: connection.prepare("INSERT INTO streams (name) VALUES (?)")?,
            insert_tag: connection.prepare("INSERT INTO tags (name) VALUES (?)")?,
            insert_event_tag: connection.prepare("INSERT INTO event_tags (tag, position) VALUES (?, ?)")?,
            streams: streams.collect::<Result<_, _>>()?,
            tags,
            head: connection.query_row(head, [], |row| row.get(0))?,
        })
    }

    /// Writes all of these in one synced transaction; answers their positions.
    ///
    /// # Errors
    /// What SQLite said.
    pub(crate) fn write<'a>(
        &mut self,
        facts: impl IntoIterator<Item = &'a Fact>,
    ) -> rusqlite::Result<Vec<Result<i64, Stale>>> {
        self.begin.execute([])?;
        let written = facts.into_iter().map(|fact| self.insert(fact)).collect::<Result<_, _>>()?;
        self.commit.execute([])?;
        Ok(written)
    }

    fn insert(&mut self, fact: &Fact) -> rusqlite::Result<Result<i64, Stale>> {
        let (stream, revision) = match self.streams.get_mut(&fact.stream) {
            Some((_, last)) if fact.expected.is_some_and(|expected| expected != *last) => {
                return Ok(Err(Stale));
            }
            Some((stream, last)) => {
                *last += 1;
                (*stream, *last)
            }
            None => {
                let stream = self.insert_stream.insert([&fact.stream])?;
                self.streams.insert(fact.stream.clone(), (stream, 0));
                (stream, 0)
            }
        };
        self.head += 1;
        let values = (self.head, stream, revision, fact.kind, fact.recorded_at, &fact.payload);
        self.insert_event.execute(values)?;
        for tag in &fact.tags {
            let tag = match self.tags.get(tag) {
                Some(tag) => *tag,
                None => {
                    let number = self.insert_tag.insert([tag])?;
                    self.tags.insert(tag.clone(), number);
                    number
                }
            };
            self.insert_event_tag.execute((tag, self.head))?;
        }
        Ok(Ok(self.head))
    }
}
