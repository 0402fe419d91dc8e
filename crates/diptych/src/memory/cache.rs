//! A cache in memory: the reference for whoever writes another.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use diptych_core::{
    Failure, Position,
    cache::{CacheKey, Cached, ViewCache},
    model::Generation,
};

/// Keeps entries for as long as it lives.
#[derive(Debug, Default)]
pub struct MemoryCache(Mutex<HashMap<String, View>>);

#[derive(Debug, Default)]
struct View {
    /// The last event that was told of.
    floor: Position,
    entries: HashMap<String, (Generation, Cached)>,
}

impl MemoryCache {
    fn view<T>(&self, name: &str, with: impl FnOnce(&mut View) -> T) -> T {
        let mut views = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        with(views.entry(name.to_owned()).or_default())
    }

    /// Loses everything, as a server that is started anew.
    pub fn lose_all(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[async_trait]
impl ViewCache for MemoryCache {
    fn name(&self) -> &'static str {
        "memory"
    }

    async fn find(&self, key: &CacheKey) -> Result<Option<Cached>, Failure> {
        let found = self.view(&key.view, |view| view.entries.get(&key.id).cloned());
        Ok(found.filter(|(generation, _)| *generation == key.generation).map(|(_, entry)| entry))
    }

    async fn keep(&self, key: &CacheKey, entry: &Cached) -> Result<(), Failure> {
        self.view(&key.view, |view| {
            let newer = view.entries.get(&key.id).is_some_and(|(generation, there)| {
                *generation == key.generation && there.as_of > entry.as_of
            });
            if entry.as_of >= view.floor && !newer {
                view.entries.insert(key.id.clone(), (key.generation, entry.clone()));
            }
        });
        Ok(())
    }

    async fn forget(&self, view: &str, ids: &[String], position: Position) -> Result<(), Failure> {
        self.view(view, |view| {
            view.floor = view.floor.max(position);
            let is_old = |(_, entry): &(Generation, Cached)| entry.as_of < position;
            for id in ids {
                if view.entries.get(id).is_some_and(is_old) {
                    view.entries.remove(id);
                }
            }
        });
        Ok(())
    }
}
