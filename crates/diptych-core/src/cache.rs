//! The port to a cache before read models: entries that are asked for by id and often, each with the position from which it is.
//!
//! An entry is what the read model keeps, personal values sealed, never what was answered. A cache may lose anything at any time: who
//! finds nothing asks the read model. What it must not do is give an entry that an event has changed since. So what changes an
//! entry is told ([`forget`](ViewCache::forget)), and what was read before is not kept after ([`keep`](ViewCache::keep)).

use std::fmt;

use async_trait::async_trait;
use serde_json::Value;

use crate::{
    event::RecordedEvent,
    failure::{BoxError, Failure},
    model::Generation,
    position::Position,
    query::Query,
    scope::Filter,
    sql::Reader,
};

/// Names an entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CacheKey {
    /// The read model: 1 to 100 of `A-Z a-z 0-9 _ -`.
    pub view: String,
    /// Which filling of it the entry was read from. Entries of another one are not found.
    pub generation: Generation,
    /// The id: 1 to 512 bytes, any characters.
    pub id: String,
}

/// An entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Cached {
    /// What the read model keeps.
    pub body: Value,
    /// Every event up to here is in it.
    pub as_of: Position,
}

/// Keeps entries for a while.
#[async_trait]
pub trait ViewCache: Send + Sync + fmt::Debug + 'static {
    /// What it is called where a failure is told: `Redis`.
    fn name(&self) -> &'static str;

    /// The entry of this name, if it is kept.
    ///
    /// # Errors
    /// [`Failure`] where the cache cannot be read.
    async fn find(&self, key: &CacheKey) -> Result<Option<Cached>, Failure>;

    /// Keeps an entry, unless a newer one is kept, or an event after `as_of` was told of since, whichever entry it changes.
    ///
    /// # Errors
    /// [`Failure`] where the cache cannot be written.
    async fn keep(&self, key: &CacheKey, entry: &Cached) -> Result<(), Failure>;

    /// The event at this place changes the entries of these ids: those from before it go, and none from before it is kept from now on.
    ///
    /// # Errors
    /// [`Failure`] where the cache cannot be written; it has to be told again.
    async fn forget(&self, view: &str, ids: &[String], position: Position) -> Result<(), Failure>;
}

/// Answers a query about one thing from one entry of a read model, so that a cache can stand before it.
///
/// Register it with `App::query_of_entry`. Where no cache was chosen, each entry is read from the read model.
#[async_trait]
pub trait EntryQuery<Q: Query>: Send + Sync + 'static {
    /// The projection that the entries are of.
    fn view(&self) -> &'static str;

    /// The id of the entry that is asked for.
    fn id(&self, query: &Q) -> String;

    /// The events that may change entries.
    fn filter(&self) -> Filter;

    /// The ids of the entries that this event may change.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn changed_by(&self, event: &RecordedEvent) -> Result<Vec<String>, BoxError>;

    /// The entry as the read model keeps it, personal values sealed.
    ///
    /// # Errors
    /// Any error; the caller gets it as a failure that names the query.
    async fn entry(&self, id: &str, db: &Reader) -> Result<Option<Value>, BoxError>;

    /// The answer that an entry makes. `db` opens personal values; the entry may be of a cache, so it may read nothing.
    ///
    /// # Errors
    /// Any error; the caller gets it as a failure that names the query.
    async fn answer(&self, entry: Option<Value>, db: &Reader) -> Result<Q::Answer, BoxError>;
}
