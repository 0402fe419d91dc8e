//! The names behind numbers, remembered: what a dictionary says once it says for ever.

use std::{collections::HashMap, hash::Hash};

use diptych_core::{Failure, StreamId, Tag, event::SmolStr};
use quick_cache::sync::Cache;
use tokio_postgres::{Row, types::Type};

use super::DOING;
use crate::{
    failure::{failure, unreadable},
    pool::Database,
};

/// Streams, and tags, that are remembered.
const REMEMBERED: usize = 32_768;

/// See the page.
pub(crate) struct Names {
    streams: Cache<i64, StreamId>,
    tags: Cache<i64, Tag>,
    types: Cache<i64, SmolStr>,
}

impl Default for Names {
    fn default() -> Self {
        Self { streams: Cache::new(REMEMBERED), tags: Cache::new(REMEMBERED), types: Cache::new(1_024) }
    }
}

/// The names of one page.
pub(super) struct PageNames {
    pub(super) streams: HashMap<i64, StreamId>,
    pub(super) tags: HashMap<i64, Tag>,
    pub(super) types: HashMap<i64, SmolStr>,
}

impl Names {
    /// The names of all of these.
    ///
    /// # Errors
    /// [`Failure`] of the engine, or where a dictionary lacks one.
    pub(super) async fn of(
        &self,
        database: &Database,
        streams: impl Iterator<Item = i64>,
        types: impl Iterator<Item = i64>,
        tags: impl Iterator<Item = i64>,
    ) -> Result<PageNames, Failure> {
        let stream = |row: &Row| {
            let (category, id) =
                (row.try_get::<_, &str>(1).map_err(read)?, row.try_get::<_, &str>(2).map_err(read)?);
            StreamId::parse(category, id).map_err(|error| unreadable(DOING, error))
        };
        let tag = |row: &Row| Ok(Tag::stored(row.try_get(1).map_err(read)?));
        let name = |row: &Row| Ok(row.try_get::<_, &str>(1).map_err(read)?.into());
        Ok(PageNames {
            streams: look_up(
                database,
                &self.streams,
                streams,
                include_str!("../../sql/read/streams.sql"),
                stream,
            )
            .await?,
            tags: look_up(database, &self.tags, tags, include_str!("../../sql/read/tags.sql"), tag).await?,
            types: look_up(database, &self.types, types, include_str!("../../sql/read/types.sql"), name)
                .await?,
        })
    }
}

fn read(error: tokio_postgres::Error) -> Failure {
    failure(DOING, error)
}

async fn look_up<V: Clone>(
    database: &Database,
    remembered: &Cache<i64, V>,
    wanted: impl Iterator<Item = i64>,
    sql: &str,
    value: impl Fn(&Row) -> Result<V, Failure>,
) -> Result<HashMap<i64, V>, Failure>
where
    i64: Hash,
{
    let (mut found, mut unknown) = (HashMap::new(), Vec::new());
    for id in wanted {
        if found.contains_key(&id) {
            continue;
        }
        match remembered.get(&id) {
            Some(value) => drop(found.insert(id, value)),
            None => unknown.push(id),
        }
    }
    unknown.sort_unstable();
    unknown.dedup();
    if !unknown.is_empty() {
        for row in database.query(DOING, sql, &[(&unknown, Type::INT8_ARRAY)]).await? {
            let (id, value) = (row.try_get(0).map_err(read)?, value(&row)?);
            remembered.insert(id, value.clone());
            found.insert(id, value);
        }
    }
    Ok(found)
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Names")
    }
}
