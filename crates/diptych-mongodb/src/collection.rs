//! One generation: its documents, and its place among the records.

use std::collections::HashMap;

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind,
    documents::{Collection, DocumentReader, Entry, Record, Shape, Written},
};
use futures::TryStreamExt;
use mongodb::{
    Collection as Documents, Database,
    bson::{Bson, Document, doc},
};

use crate::{
    body::{read, written},
    engine::Records,
    failure::{DUPLICATE, answered, is_refusal},
    reader::MongoReader,
};

/// So many documents in one message.
const AT_ONCE: usize = 250;

/// See the page.
pub(crate) struct MongoCollection {
    pub(crate) database: Database,
    pub(crate) records: Records,
    /// The name of the collection, and of its place.
    pub(crate) name: String,
    pub(crate) shape: Shape,
}

impl MongoCollection {
    fn documents(&self) -> Documents<Document> {
        self.database.collection(&self.name)
    }

    /// Each under the guard of its stamp: where none older is there, the update would insert, and is refused since one of its id is.
    ///
    /// What is not there yet is inserted, many at once, which is faster. FerretDB stops at the first that is refused, whatever it is told;
    /// so those that are still to be written are sent again.
    async fn put(&self, entries: &[Entry]) -> Result<(), Failure> {
        let (mut rest, mut sent) = (entries.to_vec(), Sent::SomeRefused);
        while sent == Sent::SomeRefused {
            let there = self.stamps(&rest).await?;
            rest.retain(|entry| there.get(&entry.id).is_none_or(|there| *there < entry.stamp.to_i64()));
            let (old, new): (Vec<_>, Vec<_>) = rest.iter().partition(|entry| there.contains_key(&entry.id));
            sent = self.insert(&new).await?;
            if self.replace(&old).await? == Sent::SomeRefused {
                sent = Sent::SomeRefused;
            }
        }
        Ok(())
    }

    async fn stamps(&self, entries: &[Entry]) -> Result<HashMap<String, i64>, Failure> {
        let ids: Vec<_> = entries.iter().map(|entry| entry.id.as_str()).collect();
        let reading = async {
            let documents = self.documents();
            let found = documents.find(doc! { "_id": { "$in": ids } }).projection(doc! { "stamp": 1 });
            found.await?.try_collect::<Vec<_>>().await
        };
        let found = answered("reading stamps", reading).await?;
        let stamp = |document: Document| {
            Some((document.get_str("_id").ok()?.to_owned(), document.get_i64("stamp").ok()?))
        };
        Ok(found.into_iter().filter_map(stamp).collect())
    }

    async fn insert(&self, entries: &[&Entry]) -> Result<Sent, Failure> {
        let new = entries.iter().map(|entry| written(entry, &self.shape)).collect::<Result<Vec<_>, _>>()?;
        self.send(doc! { "insert": &self.name, "documents": &new, "ordered": false }, new.is_empty()).await
    }

    async fn replace(&self, entries: &[&Entry]) -> Result<Sent, Failure> {
        let mut updates = Vec::with_capacity(entries.len());
        for entry in entries {
            let guard = doc! { "_id": &entry.id, "stamp": { "$lt": entry.stamp.to_i64() } };
            updates.push(doc! { "q": guard, "u": written(entry, &self.shape)?, "upsert": true });
        }
        let is_nothing = updates.is_empty();
        self.send(doc! { "update": &self.name, "updates": updates, "ordered": false }, is_nothing).await
    }

    async fn send(&self, command: Document, is_nothing: bool) -> Result<Sent, Failure> {
        if is_nothing {
            return Ok(Sent::All);
        }
        let answer = answered("writing documents", self.database.run_command(command).into_future()).await?;
        let errors = answer.get_array("writeErrors").map(Vec::as_slice).unwrap_or_default();
        errors.iter().try_for_each(refused)?;
        Ok(if errors.is_empty() { Sent::All } else { Sent::SomeRefused })
    }
}

/// What became of documents that were sent together.
#[derive(PartialEq, Eq)]
enum Sent {
    All,
    /// Some were not newer; the others may not have been written.
    SomeRefused,
}

/// What one document of many was answered.
fn refused(error: &Bson) -> Result<(), Failure> {
    let error = error.as_document();
    let code = error.and_then(|error| error.get_i32("code").ok()).unwrap_or_default();
    if code == DUPLICATE {
        return Ok(());
    }
    let said = error.and_then(|error| error.get_str("errmsg").ok()).unwrap_or("without saying why");
    let kind = if is_refusal(code) { FailureKind::Invalid } else { FailureKind::Unavailable };
    Err(Failure::plain(kind, format!("writing documents: one was refused, by error {code}: {said}")))
}

#[async_trait]
impl Collection for MongoCollection {
    async fn place(&self) -> Result<Option<Record>, Failure> {
        self.records.read(&self.name).await
    }

    async fn entries(&self, ids: &[String]) -> Result<Vec<Entry>, Failure> {
        let reading = async {
            let found = self.documents().find(doc! { "_id": { "$in": ids.to_vec() } }).await?;
            found.try_collect::<Vec<_>>().await
        };
        answered("reading documents", reading).await?.into_iter().map(read).collect()
    }

    async fn commit(&self, entries: Vec<Entry>, place: &Record) -> Result<Written, Failure> {
        for some in entries.chunks(AT_ONCE) {
            self.put(some).await?;
        }
        self.records.set(&self.name, place).await
    }

    async fn reader(&self) -> Result<Option<(Record, Box<dyn DocumentReader>)>, Failure> {
        let Some(place) = self.place().await? else { return Ok(None) };
        let reader: Box<dyn DocumentReader> =
            Box::new(MongoReader { documents: self.documents(), shape: self.shape.clone() });
        Ok(Some((place, reader)))
    }
}

impl std::fmt::Debug for MongoCollection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MongoCollection({})", self.name)
    }
}
