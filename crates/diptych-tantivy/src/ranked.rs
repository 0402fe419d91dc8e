//! What comes first: a collector that keeps the first so many documents beyond a place, and counts all.

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

use diptych_core::documents::Way;
use tantivy::{
    DocAddress, DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
};

/// The key of a document of one segment.
pub(crate) type KeyOf<K> = Box<dyn FnMut(DocId, Score) -> K>;

/// Makes the keys of a segment.
pub(crate) type Keys<K> = Arc<dyn Fn(&SegmentReader) -> tantivy::Result<KeyOf<K>> + Send + Sync>;

/// Ranks documents by keys of which no two are equal.
pub(crate) struct Ranked<K> {
    pub(crate) keys: Keys<K>,
    pub(crate) way: Way,
    pub(crate) beyond: Option<K>,
    pub(crate) keep: usize,
    pub(crate) scoring: bool,
}

/// What was found.
pub(crate) struct Found<K> {
    /// How many, wherever they are.
    pub(crate) total: u64,
    /// The first of those beyond the place.
    pub(crate) first: Vec<(K, DocAddress)>,
}

/// The smallest comes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank<K> {
    Up(K),
    Down(Reverse<K>),
}

impl<K: Ord> Rank<K> {
    fn of(key: K, way: Way) -> Self {
        match way {
            Way::Up => Self::Up(key),
            Way::Down => Self::Down(Reverse(key)),
        }
    }

    fn key(self) -> K {
        match self {
            Self::Up(key) | Self::Down(Reverse(key)) => key,
        }
    }
}

/// Of one segment.
pub(crate) struct InSegment<K> {
    key: KeyOf<K>,
    way: Way,
    beyond: Option<Rank<K>>,
    keep: usize,
    segment: SegmentOrdinal,
    total: u64,
    /// The last on top.
    first: BinaryHeap<(Rank<K>, DocAddress)>,
}

impl<K: Ord + Clone + Send + Sync + 'static> Collector for Ranked<K> {
    type Fruit = Found<K>;
    type Child = InSegment<K>;

    fn for_segment(&self, segment: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<InSegment<K>> {
        let beyond = self.beyond.clone().map(|key| Rank::of(key, self.way));
        let (way, keep, first) = (self.way, self.keep, BinaryHeap::new());
        Ok(InSegment { key: (self.keys)(reader)?, way, beyond, keep, segment, total: 0, first })
    }

    fn requires_scoring(&self) -> bool {
        self.scoring
    }

    fn merge_fruits(&self, segments: Vec<Found<K>>) -> tantivy::Result<Found<K>> {
        let total = segments.iter().map(|found| found.total).sum();
        let mut first: Vec<_> = segments.into_iter().flat_map(|found| found.first).collect();
        first.sort_by(|(one, _), (other, _)| match self.way {
            Way::Up => one.cmp(other),
            Way::Down => other.cmp(one),
        });
        first.truncate(self.keep);
        Ok(Found { total, first })
    }
}

impl<K: Ord + Send + 'static> SegmentCollector for InSegment<K> {
    type Fruit = Found<K>;

    fn collect(&mut self, doc: DocId, score: Score) {
        self.total += 1;
        let rank = Rank::of((self.key)(doc, score), self.way);
        if self.beyond.as_ref().is_some_and(|beyond| rank <= *beyond) {
            return;
        }
        let is_full = self.first.len() >= self.keep;
        if is_full && self.first.peek().is_none_or(|(last, _)| rank >= *last) {
            return;
        }
        self.first.push((rank, DocAddress::new(self.segment, doc)));
        if self.first.len() > self.keep {
            self.first.pop();
        }
    }

    fn harvest(self) -> Found<K> {
        let first = self.first.into_iter().map(|(rank, address)| (rank.key(), address));
        Found { total: self.total, first: first.collect() }
    }
}
