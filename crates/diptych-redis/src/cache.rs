//! A cache before read models: a hash for each entry, and of each view a floor, below which nothing is kept.
//!
//! `lua/cache_*.lua` hold what must hold. An entry lives an hour at most, so that even a fail-over to a server that had not heard of an event
//! is over by then. The server may evict what it likes.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind, Position,
    cache::{CacheKey, Cached, ViewCache},
    id::{IdSource, TimeOrderedIds},
};
use redis::{Script, aio::ConnectionManager};

use crate::{
    connection::{RedisUrl, RedisUrlError},
    failure::failure,
};

/// For how long an entry is kept, in seconds.
const KEPT: u32 = 3_600;

/// A cache in a Redis. Clones share its connection.
#[derive(Clone)]
pub struct RedisCache {
    url: Arc<RedisUrl>,
    connection: ConnectionManager,
}

impl RedisCache {
    /// In this server, which is spoken to when it is first needed. Must be called within a runtime.
    ///
    /// # Errors
    /// [`RedisUrlError`] where the client cannot use the URL.
    pub fn open(url: RedisUrl) -> Result<Self, RedisUrlError> {
        let connection = url.connect()?;
        Ok(Self { url: Arc::new(url), connection })
    }

    fn floor(&self, view: &str) -> String {
        format!("{}:cache:{{{view}}}:floor", self.url.prefix())
    }

    fn base(&self, view: &str) -> String {
        format!("{}:cache:{{{view}}}:", self.url.prefix())
    }

    fn failed(&self, what: &str, view: &str, error: redis::RedisError) -> Failure {
        failure(format!("{what} the cache of {view} in {}", self.url), error)
    }
}

/// A name that no era had.
fn new_era() -> String {
    TimeOrderedIds.draw().simple().to_string()
}

#[async_trait]
impl ViewCache for RedisCache {
    fn name(&self) -> &'static str {
        "Redis"
    }

    async fn find(&self, key: &CacheKey) -> Result<Option<Cached>, Failure> {
        let script = Script::new(include_str!("../lua/cache_find.lua"));
        let mut call = script.key(self.floor(&key.view));
        call.arg(self.base(&key.view)).arg(&key.id).arg(key.generation.0);
        let found: Option<(u64, String)> = call
            .invoke_async(&mut self.connection.clone())
            .await
            .map_err(|error| self.failed("reading", &key.view, error))?;
        let Some((as_of, body)) = found else { return Ok(None) };
        let body = serde_json::from_str(&body).map_err(|error| {
            Failure::new(FailureKind::Unreadable, format!("reading the cache of {}", key.view), error)
        })?;
        Ok(Some(Cached { body, as_of: Position::new(as_of) }))
    }

    async fn keep(&self, key: &CacheKey, entry: &Cached) -> Result<(), Failure> {
        let script = Script::new(include_str!("../lua/cache_keep.lua"));
        let mut call = script.key(self.floor(&key.view));
        call.arg(self.base(&key.view)).arg(&key.id).arg(key.generation.0);
        call.arg(entry.as_of.get()).arg(entry.body.to_string()).arg(KEPT).arg(new_era());
        let kept = call.invoke_async::<()>(&mut self.connection.clone()).await;
        kept.map_err(|error| self.failed("writing", &key.view, error))
    }

    async fn forget(&self, view: &str, ids: &[String], position: Position) -> Result<(), Failure> {
        let script = Script::new(include_str!("../lua/cache_forget.lua"));
        let mut call = script.key(self.floor(view));
        call.arg(self.base(view)).arg(position.get()).arg(new_era()).arg(ids);
        let forgotten = call.invoke_async::<()>(&mut self.connection.clone()).await;
        forgotten.map_err(|error| self.failed("writing", view, error))
    }
}

impl fmt::Debug for RedisCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisCache({})", self.url)
    }
}
