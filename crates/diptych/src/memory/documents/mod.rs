//! Documents in memory: the engine of reference, the first file that the author of an adapter reads.
//!
//! What holds, as of every engine: records change by compare-and-set, and a document that is not newer than the one there is left as
//! it is. What others need not do: documents and place change in one moment, and a reader sees one moment. `reader.rs` reads.

mod reader;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind,
    documents::{Collection, CollectionName, DocumentEngine, DocumentReader, Entry, Record, Shape, Written},
    model::Reach,
};

use reader::MemoryReader;

/// Keeps documents for as long as it lives. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryDocuments(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    records: HashMap<String, Record>,
    collections: HashMap<CollectionName, Arc<MemoryCollection>>,
}

#[derive(Debug)]
struct MemoryCollection {
    shape: Shape,
    contents: Mutex<Contents>,
}

#[derive(Clone, Debug)]
struct Contents {
    /// None once it was removed.
    place: Option<Record>,
    /// By id; readers keep theirs while others write.
    entries: Arc<BTreeMap<String, Entry>>,
}

impl MemoryDocuments {
    /// Without any.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a record may follow the one that is there.
fn follows(new: &Record, there: Option<&Record>) -> bool {
    new.revision == there.map_or(0, |there| there.revision) + 1
}

#[async_trait]
impl DocumentEngine for MemoryDocuments {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn reach(&self) -> Reach {
        Reach::Node
    }

    async fn record(&self, projection: &str) -> Result<Option<Record>, Failure> {
        Ok(self.kept().records.get(projection).cloned())
    }

    async fn set_record(&self, projection: &str, record: &Record) -> Result<Written, Failure> {
        let mut kept = self.kept();
        if !follows(record, kept.records.get(projection)) {
            return Ok(Written::Changed);
        }
        kept.records.insert(projection.to_owned(), record.clone());
        Ok(Written::Done)
    }

    async fn make(&self, name: &CollectionName, shape: &Shape, place: &Record) -> Result<(), Failure> {
        let contents = Contents { place: Some(place.clone()), entries: Arc::default() };
        let made = MemoryCollection { shape: shape.clone(), contents: Mutex::new(contents) };
        self.kept().collections.insert(name.clone(), Arc::new(made));
        Ok(())
    }

    async fn open(&self, name: &CollectionName, _: &Shape) -> Result<Arc<dyn Collection>, Failure> {
        let collection = self.kept().collections.get(name).map(Arc::clone);
        let none = || Failure::plain(FailureKind::Invalid, format!("there is no collection {name}"));
        Ok(collection.ok_or_else(none)?)
    }

    async fn remove(&self, name: &CollectionName) -> Result<(), Failure> {
        if let Some(removed) = self.kept().collections.remove(name) {
            removed.contents().place = None;
        }
        Ok(())
    }
}

impl MemoryCollection {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Collection for MemoryCollection {
    async fn place(&self) -> Result<Option<Record>, Failure> {
        Ok(self.contents().place.clone())
    }

    async fn entries(&self, ids: &[String]) -> Result<Vec<Entry>, Failure> {
        let contents = self.contents();
        Ok(ids.iter().filter_map(|id| contents.entries.get(id).cloned()).collect())
    }

    async fn commit(&self, entries: Vec<Entry>, place: &Record) -> Result<Written, Failure> {
        let mut contents = self.contents();
        // Without a place it was removed, and nothing follows.
        if contents.place.is_none() || !follows(place, contents.place.as_ref()) {
            return Ok(Written::Changed);
        }
        let there = Arc::make_mut(&mut contents.entries);
        for entry in entries {
            let is_newer = there.get(&entry.id).is_none_or(|old| old.stamp < entry.stamp);
            if is_newer {
                there.insert(entry.id.clone(), entry);
            }
        }
        contents.place = Some(place.clone());
        Ok(Written::Done)
    }

    async fn reader(&self) -> Result<Option<(Record, Box<dyn DocumentReader>)>, Failure> {
        let Contents { place, entries } = self.contents().clone();
        let reader: Box<dyn DocumentReader> = Box::new(MemoryReader { shape: self.shape.clone(), entries });
        Ok(place.map(|place| (place, reader)))
    }
}
