//! What an adapter writes for its engine: small records, and collections of documents. The rest is [`DocumentModels`](super::DocumentModels)'s.
//!
//! Two things are asked of an engine beyond keeping bytes: to change a record by compare-and-set, and to refuse a document that is not
//! newer than the one it has. No transaction is needed; where the engine has them, [`Collection::commit`] may use one.
//!
//! What holds of every method: an error of kind `Unavailable` or `OutcomeUnknown` is tried again, for as long as it takes; any other
//! kind (`Invalid`: the engine refuses this document) is the fault of an event, which is looked for, and parked or skipped as the
//! projection's policy says. No error shows a password.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use serde_json::Value;

use super::{entry::Entry, reader::DocumentReader, shape::Shape};
use crate::{
    failure::Failure,
    model::{Generation, Reach},
};

/// A small piece of JSON that is changed by compare-and-set.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// 1 of the first, one more with every change.
    pub revision: u64,
    /// What is kept.
    pub value: Value,
}

/// What became of a compare-and-set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is durable.
    Done,
    /// The record was not of the revision before; nothing of it was changed.
    Changed,
}

/// The name of one generation's documents.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CollectionName {
    /// The projection's name: 1 to 100 of `A-Z a-z 0-9 _ -`.
    pub projection: String,
    /// Which filling.
    pub generation: Generation,
}

impl fmt::Display for CollectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.projection, self.generation)
    }
}

/// An engine that keeps documents. Opening one does not speak to it yet: an engine that is away at the start comes later.
#[async_trait]
pub trait DocumentEngine: Send + Sync + fmt::Debug + 'static {
    /// What it is called where a failure is told: `MongoDB`.
    fn name(&self) -> &'static str;

    /// Where it stands.
    fn reach(&self) -> Reach {
        Reach::Apart
    }

    /// The record of a projection, as it is now.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn record(&self, projection: &str) -> Result<Option<Record>, Failure>;

    /// Sets the record of a projection, if the one there has the revision before `record.revision`; for 1, if there is none.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be written.
    async fn set_record(&self, projection: &str, record: &Record) -> Result<Written, Failure>;

    /// Makes an empty collection with its indexes or mapping, and its place. What stands there under this name is of an attempt that
    /// was broken off, and is replaced.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be written.
    async fn make(&self, name: &CollectionName, shape: &Shape, place: &Record) -> Result<(), Failure>;

    /// Opens one that was made. Indexes that are declared and missing are made.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be used; `Invalid` where there is no such collection (or it is opened without a place).
    async fn open(&self, name: &CollectionName, shape: &Shape) -> Result<Arc<dyn Collection>, Failure>;

    /// Lets queries by other programs find this collection as the projection's, where the engine has a way to (an alias). Called when it goes
    /// live; what counts for us is the record.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be written.
    async fn point_at(&self, _name: &CollectionName) -> Result<(), Failure> {
        Ok(())
    }

    /// Removes a collection with its place, the place first. One that is not there is no error.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be written.
    async fn remove(&self, name: &CollectionName) -> Result<(), Failure>;
}

/// The documents of one generation, and its place: the record that holds its checkpoint.
#[async_trait]
pub trait Collection: Send + Sync + fmt::Debug {
    /// The place as it is now; none where the collection was removed.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn place(&self) -> Result<Option<Record>, Failure>;

    /// Those of these documents that are there, deleted ones too, as they were last written (not as they were last searchable).
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn entries(&self, ids: &[String]) -> Result<Vec<Entry>, Failure>;

    /// Writes documents, then sets the place.
    ///
    /// Each document is written where there is none of its id with the same or a larger stamp; else it is left as it is, which is no
    /// error. All are durable and *can be searched* before the place is set, since queries wait for the place. The place is set if the one there
    /// has the revision before `place.revision`. No two entries have the same id.
    ///
    /// Where the place is not set, documents may stay written. An engine that can should leave them out.
    ///
    /// # Errors
    /// [`Failure`]; the place is not set, or with `OutcomeUnknown` perhaps is.
    async fn commit(&self, entries: Vec<Entry>, place: &Record) -> Result<Written, Failure>;

    /// Opens it for reading: the place, and documents that are not older than it. None where the collection was removed.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn reader(&self) -> Result<Option<(Record, Box<dyn DocumentReader>)>, Failure>;
}
