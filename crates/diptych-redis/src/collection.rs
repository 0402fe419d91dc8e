//! One generation: its documents, its lists and its place, which one script writes.

use std::fmt;

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind, Position,
    documents::{Collection, DocumentReader, Entry, Record, Shape, Stamp, Written},
};
use redis::{Script, aio::ConnectionManager};
use serde_json::Value;

use crate::{
    failure::{failure, failure_of_writing},
    lists::listed,
    reader::RedisReader,
};

/// What is kept of a document.
type Kept = (Option<u64>, Option<String>, Option<String>);

/// See the page.
#[derive(Clone)]
pub(crate) struct RedisCollection {
    pub(crate) connection: ConnectionManager,
    /// How the server is named where a failure is told.
    pub(crate) server: String,
    /// What its keys begin with.
    pub(crate) base: String,
    pub(crate) shape: Shape,
}

impl RedisCollection {
    pub(crate) fn place_key(&self) -> String {
        format!("{}place", self.base)
    }

    pub(crate) fn doing(&self, what: &str) -> String {
        format!("{what} {} in {}", self.base, self.server)
    }

    /// A server that throws away what nobody has asked for lately, to have room, is none for a read model. One that only throws away what
    /// was given a time to live is: nothing here is.
    pub(crate) async fn refuse_what_evicts(&self) -> Result<(), Failure> {
        let asked =
            redis::cmd("INFO").arg("memory").query_async::<String>(&mut self.connection.clone()).await;
        let info = asked.map_err(|error| failure(self.doing("asking about the memory for"), error))?;
        let value = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let policy = value("maxmemory_policy").unwrap_or("noeviction");
        if value("maxmemory") == Some("0") || !policy.starts_with("allkeys") {
            return Ok(());
        }
        let text = format!(
            "{} may evict what it is given (maxmemory-policy {policy}), so it keeps no read models; set maxmemory-policy noeviction",
            self.server
        );
        Err(Failure::plain(FailureKind::Unavailable, text))
    }

    /// Those of these documents that are there, in this order.
    pub(crate) async fn kept(&self, ids: &[String]) -> Result<Vec<Option<Entry>>, Failure> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = redis::pipe();
        for id in ids {
            pipeline.cmd("HMGET").arg(format!("{}doc:{id}", self.base)).arg(&["stamp", "late", "body"]);
        }
        let found: Vec<Kept> = pipeline
            .query_async(&mut self.connection.clone())
            .await
            .map_err(|error| failure(self.doing("reading documents of"), error))?;
        ids.iter().zip(found).map(|(id, kept)| self.entry(id, kept)).collect()
    }

    fn entry(&self, id: &str, (stamp, late, body): Kept) -> Result<Option<Entry>, Failure> {
        let unreadable = |error| {
            let text = self.doing("a document cannot be read; rebuild the read model; it is of");
            Failure::new(FailureKind::Unreadable, text, error)
        };
        let Some(stamp) = stamp else { return Ok(None) };
        let late: Vec<Position> =
            serde_json::from_str(late.as_deref().unwrap_or("[]")).map_err(unreadable)?;
        let body: Option<Value> =
            body.map(|body| serde_json::from_str(&body)).transpose().map_err(unreadable)?;
        Ok(Some(Entry { id: id.to_owned(), stamp: Stamp::from_number(stamp), late, body }))
    }
}

/// A record under a key.
pub(crate) async fn record_of(
    connection: &mut ConnectionManager,
    key: &str,
    doing: impl Fn() -> String,
) -> Result<Option<Record>, Failure> {
    let asked = redis::cmd("HMGET").arg(key).arg(&["revision", "value"]).query_async(connection).await;
    let (revision, value): (Option<u64>, Option<String>) = asked.map_err(|error| failure(doing(), error))?;
    let Some((revision, value)) = revision.zip(value) else { return Ok(None) };
    let value = serde_json::from_str(&value);
    let value = value.map_err(|error| Failure::new(FailureKind::Unreadable, doing(), error))?;
    Ok(Some(Record { revision, value }))
}

#[async_trait]
impl Collection for RedisCollection {
    async fn place(&self) -> Result<Option<Record>, Failure> {
        let doing = || self.doing("reading the place of");
        record_of(&mut self.connection.clone(), &self.place_key(), doing).await
    }

    async fn entries(&self, ids: &[String]) -> Result<Vec<Entry>, Failure> {
        Ok(self.kept(ids).await?.into_iter().flatten().collect())
    }

    async fn commit(&self, entries: Vec<Entry>, place: &Record) -> Result<Written, Failure> {
        let script = Script::new(include_str!("../lua/commit.lua"));
        let mut call = script.key(self.place_key());
        call.arg(place.revision).arg(place.value.to_string()).arg(&self.base).arg(entries.len());
        for entry in &entries {
            let late = serde_json::to_string(&entry.late)
                .map_err(|error| Failure::new(FailureKind::Internal, "writing positions", error))?;
            call.arg(&entry.id).arg(entry.stamp.number()).arg(late);
            let body = entry.body.as_ref().map(Value::to_string);
            call.arg(u8::from(body.is_some())).arg(body.unwrap_or_default());
            let lists =
                entry.body.as_ref().map(|body| listed(&self.shape, &entry.id, body)).unwrap_or_default();
            call.arg(lists.len());
            for list in lists {
                call.arg(list.suffix).arg(list.member);
            }
        }
        let written: bool = call
            .invoke_async(&mut self.connection.clone())
            .await
            .map_err(|error| failure_of_writing(self.doing("writing documents of"), error))?;
        Ok(if written { Written::Done } else { Written::Changed })
    }

    async fn reader(&self) -> Result<Option<(Record, Box<dyn DocumentReader>)>, Failure> {
        let Some(place) = self.place().await? else { return Ok(None) };
        let reader: Box<dyn DocumentReader> = Box::new(RedisReader { collection: self.clone() });
        Ok(Some((place, reader)))
    }
}

impl fmt::Debug for RedisCollection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisCollection({})", self.base)
    }
}
