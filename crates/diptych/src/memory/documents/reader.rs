//! Reading documents in memory, by looking at all of them: this is what every other engine's answers are held against.

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use diptych_core::{
    Failure,
    documents::{
        Asked, Condition, Document, DocumentReader, Entry, Hit, Hits, Scalar, Shape, Way, Window, score,
    },
};
use serde_json::Value;

/// One moment of a collection.
pub(super) struct MemoryReader {
    pub(super) shape: Shape,
    pub(super) entries: Arc<BTreeMap<String, Entry>>,
}

impl MemoryReader {
    /// Those documents of which all of this holds.
    fn holding<'a>(&'a self, conditions: &'a [Condition]) -> impl Iterator<Item = Document> + 'a {
        self.entries
            .values()
            .filter_map(shown)
            .filter(move |document| self.shape.holds(conditions, &document.body))
    }

    fn place(&self, window: &Window, body: &Value) -> Vec<Scalar> {
        let first = |key| self.shape.scalars(body, key).into_iter().next();
        window.order.keys.iter().filter_map(|key| first(key)).collect()
    }

    fn hit(&self, words: &[Asked], document: Document) -> Option<Hit> {
        let score = score(&self.shape, &document.body, words);
        let newest = self.shape.newest.as_ref().and_then(|name| document.body.get(&**name)?.as_i64());
        let found = score > 0 || words.is_empty();
        found.then(|| Hit { document, score, newest: newest.unwrap_or(0) })
    }
}

fn shown(entry: &Entry) -> Option<Document> {
    let body = entry.body.clone()?;
    Some(Document { id: entry.id.clone(), position: entry.stamp.position(), body })
}

/// Sorts, and takes what is beyond a place, after so many, and so many of it.
fn stretch<T, K: Ord>(mut all: Vec<(K, T)>, way: Way, beyond: Option<&K>, skip: u32, limit: u32) -> Vec<T> {
    let compare = |one: &K, other: &K| match way {
        Way::Up => one.cmp(other),
        Way::Down => other.cmp(one),
    };
    all.sort_by(|(one, _), (other, _)| compare(one, other));
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    all.into_iter()
        .filter(|(key, _)| beyond.is_none_or(|beyond| compare(key, beyond) == Ordering::Greater))
        .map(|(_, item)| item)
        .skip(number(skip))
        .take(number(limit))
        .collect()
}

#[async_trait]
impl DocumentReader for MemoryReader {
    async fn get(&self, id: &str) -> Result<Option<Document>, Failure> {
        Ok(self.entries.get(id).and_then(shown))
    }

    async fn window(&self, window: &Window) -> Result<Vec<Document>, Failure> {
        let found = self.holding(&window.conditions);
        let placed = found.map(|document| (self.place(window, &document.body), document)).collect();
        Ok(stretch(placed, window.order.way, window.beyond.as_ref(), window.skip, window.limit))
    }

    async fn count(&self, conditions: &[Condition]) -> Result<u64, Failure> {
        Ok(u64::try_from(self.holding(conditions).count()).unwrap_or(u64::MAX))
    }

    async fn hits(&self, hits: &Hits) -> Result<Vec<Hit>, Failure> {
        let found = self.holding(&hits.conditions).filter_map(|document| self.hit(&hits.words, document));
        let placed = found.map(|hit| ((hit.score, hit.newest), hit)).collect();
        Ok(stretch(placed, hits.way, hits.beyond.as_ref(), hits.skip, hits.limit))
    }

    async fn count_hits(&self, hits: &Hits) -> Result<u64, Failure> {
        let found = self.holding(&hits.conditions).filter_map(|document| self.hit(&hits.words, document));
        Ok(u64::try_from(found.count()).unwrap_or(u64::MAX))
    }
}
