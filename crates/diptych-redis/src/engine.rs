//! The engine: records of projections, and the collections of generations, each under keys that begin with its own `{tag}`.
//!
//! Keys: `PREFIX:{PROJECTION}:record`, and of each generation `PREFIX:{PROJECTION-N}:` with `place`, `doc:ID`, `all` and `list:…`. A key's part in
//! braces decides the slot of a cluster.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind,
    documents::{Collection, CollectionName, DocumentEngine, Record, Shape, Written},
};
use redis::{Script, aio::ConnectionManager};

use crate::{
    collection::{RedisCollection, record_of},
    connection::{RedisUrl, RedisUrlError},
    failure::{failure, failure_of_writing},
};

/// How many keys are looked through at a time.
const SCANNED: usize = 1_000;

/// Read models in a Redis. Clones share its connection.
#[derive(Clone)]
pub struct RedisEngine {
    url: Arc<RedisUrl>,
    connection: ConnectionManager,
}

impl RedisEngine {
    /// Of this server, which is spoken to when it is first needed. Must be called within a runtime.
    ///
    /// # Errors
    /// [`RedisUrlError`] where the client cannot use the URL.
    pub fn open(url: RedisUrl) -> Result<Self, RedisUrlError> {
        let connection = url.connect()?;
        Ok(Self { url: Arc::new(url), connection })
    }

    fn connection(&self) -> ConnectionManager {
        self.connection.clone()
    }

    fn record_key(&self, projection: &str) -> String {
        format!("{}:{{{projection}}}:record", self.url.prefix())
    }

    fn base(&self, name: &CollectionName) -> String {
        format!("{}:{{{name}}}:", self.url.prefix())
    }

    fn collection(&self, name: &CollectionName, shape: &Shape) -> RedisCollection {
        RedisCollection {
            connection: self.connection(),
            server: self.url.to_string(),
            base: self.base(name),
            shape: shape.clone(),
        }
    }

    /// Removes every key that begins so.
    async fn remove_all(&self, base: &str) -> Result<(), Failure> {
        let doing = || format!("removing {base} from {}", self.url);
        let mut connection = self.connection();
        let pattern = format!("{}*", escaped(base));
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(SCANNED);
            let (next, keys): (u64, Vec<Vec<u8>>) =
                scan.query_async(&mut connection).await.map_err(|error| failure(doing(), error))?;
            if !keys.is_empty() {
                let removed = redis::cmd("UNLINK").arg(keys).query_async::<u64>(&mut connection).await;
                removed.map_err(|error| failure(doing(), error))?;
            }
            cursor = next;
            if cursor == 0 {
                return Ok(());
            }
        }
    }
}

/// A text that SCAN takes for itself.
fn escaped(text: &str) -> String {
    let special = |c: char| "*?[]\\^".contains(c);
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

#[async_trait]
impl DocumentEngine for RedisEngine {
    fn name(&self) -> &'static str {
        "Redis"
    }

    async fn record(&self, projection: &str) -> Result<Option<Record>, Failure> {
        let doing = || format!("reading the record of {projection} in {}", self.url);
        record_of(&mut self.connection(), &self.record_key(projection), doing).await
    }

    async fn set_record(&self, projection: &str, record: &Record) -> Result<Written, Failure> {
        let script = Script::new(include_str!("../lua/set_record.lua"));
        let mut call = script.key(self.record_key(projection));
        call.arg(record.revision).arg(record.value.to_string());
        let doing = || format!("writing the record of {projection} in {}", self.url);
        let set: bool = call
            .invoke_async(&mut self.connection())
            .await
            .map_err(|error| failure_of_writing(doing(), error))?;
        Ok(if set { Written::Done } else { Written::Changed })
    }

    async fn make(&self, name: &CollectionName, shape: &Shape, place: &Record) -> Result<(), Failure> {
        let collection = self.collection(name, shape);
        collection.refuse_what_evicts().await?;
        self.remove_all(&collection.base).await?;
        let mut set = redis::cmd("HSET");
        set.arg(collection.place_key()).arg("revision").arg(place.revision);
        set.arg("value").arg(place.value.to_string());
        let made = set.query_async::<()>(&mut self.connection()).await;
        made.map_err(|error| failure_of_writing(format!("making {name} in {}", self.url), error))
    }

    async fn open(&self, name: &CollectionName, shape: &Shape) -> Result<Arc<dyn Collection>, Failure> {
        let collection = self.collection(name, shape);
        collection.refuse_what_evicts().await?;
        if collection.place().await?.is_none() {
            let text = format!("there is no collection {name} in {}", self.url);
            return Err(Failure::plain(FailureKind::Invalid, text));
        }
        Ok(Arc::new(collection))
    }

    async fn remove(&self, name: &CollectionName) -> Result<(), Failure> {
        let base = self.base(name);
        let place = format!("{base}place");
        let removed = redis::cmd("UNLINK").arg(place).query_async::<u64>(&mut self.connection()).await;
        removed.map_err(|error| failure(format!("removing {name} from {}", self.url), error))?;
        self.remove_all(&base).await
    }
}

impl fmt::Debug for RedisEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisEngine({})", self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_scan_takes_for_itself_is_escaped() {
        assert_eq!(escaped("a:{b-1}:*[x]"), "a:{b-1}:\\*\\[x\\]");
    }
}
