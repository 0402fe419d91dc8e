//! One moment of an index, as it is read.

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind, Listed,
    documents::{Condition, Document, DocumentReader, Entry, Hit, Hits, Kind, Scalar, Search, Window},
};
use tantivy::{DocAddress, Searcher, SegmentReader, TantivyDocument, collector::Count, query::Query};

use crate::{
    failure::{blocking, failure},
    query::{found, holding},
    ranked::{Found, KeyOf, Keys, Ranked},
    schema::{Fields, compared},
};

/// What stands in the place of an order: by score, then by the newest.
type HitKey = (u64, i64);

/// See the page.
#[derive(Clone)]
pub(crate) struct Moment {
    pub(crate) fields: Arc<Fields>,
    pub(crate) searcher: Searcher,
}

impl Moment {
    /// The document of this id as it was written last, deleted or not.
    pub(crate) fn entry(&self, id: &str) -> Result<Option<Entry>, Failure> {
        self.address(id)?.map(|address| self.read(address)).transpose()
    }

    /// The stamp of the document of this id; 0 where there is none.
    pub(crate) fn stamp(&self, id: &str) -> Result<u64, Failure> {
        let Some(address) = self.address(id)? else { return Ok(0) };
        let segment = self.searcher.segment_reader(address.segment_ord);
        let stamps = segment.fast_fields().u64("stamp").map_err(reading)?;
        Ok(stamps.first(address.doc_id).unwrap_or(0))
    }

    fn address(&self, id: &str) -> Result<Option<DocAddress>, Failure> {
        let term = self.fields.id_term(id);
        for (segment_ord, segment) in (0..).zip(self.searcher.segment_readers()) {
            let index = segment.inverted_index(self.fields.id).map_err(reading)?;
            let option = tantivy::schema::IndexRecordOption::Basic;
            let Some(mut postings) =
                index.read_postings(&term, option).map_err(|error| reading(error.into()))?
            else {
                continue;
            };
            let mut doc_id = tantivy::DocSet::doc(&postings);
            while doc_id != tantivy::TERMINATED {
                if segment.alive_bitset().is_none_or(|alive| alive.is_alive(doc_id)) {
                    return Ok(Some(DocAddress { segment_ord, doc_id }));
                }
                doc_id = tantivy::DocSet::advance(&mut postings);
            }
        }
        Ok(None)
    }

    fn read(&self, address: DocAddress) -> Result<Entry, Failure> {
        let document: TantivyDocument = self.searcher.doc(address).map_err(reading)?;
        self.fields.entry(&document)
    }

    fn document(&self, address: DocAddress) -> Result<Document, Failure> {
        shown(self.read(address)?)
            .ok_or_else(|| Failure::plain(FailureKind::Internal, "a document was found that was deleted"))
    }

    fn rank<K: Ord + Clone + Send + Sync + 'static>(
        &self,
        query: &dyn Query,
        ranked: &Ranked<K>,
    ) -> Result<Found<K>, Failure> {
        self.searcher.search(query, ranked).map_err(reading)
    }

    fn window(&self, window: &Window) -> Result<Vec<Document>, Failure> {
        let mut kinds = Vec::new();
        for key in &window.order.keys {
            kinds.push((compared(key), self.fields.compared(key)?.1));
        }
        let keys: Keys<Vec<Scalar>> = Arc::new(move |segment| scalars(segment, &kinds));
        let (way, beyond, keep) = (window.order.way, window.beyond.clone(), both(window.skip, window.limit));
        let query = holding(&self.fields, &window.conditions)?;
        let found = self.rank(&*query, &Ranked { keys, way, beyond, keep, scoring: false })?;
        let after = found.first.into_iter().skip(number(window.skip));
        after.map(|(_, address)| self.document(address)).collect()
    }

    fn count(&self, query: &dyn Query) -> Result<u64, Failure> {
        let count = self.searcher.search(query, &Count).map_err(reading)?;
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }

    fn hits(&self, hits: &Hits) -> Result<(u64, Vec<Hit>), Failure> {
        let newest = self.fields.shape.newest.as_deref().map(compared);
        let keys: Keys<HitKey> = Arc::new(move |segment| hit_keys(segment, newest.as_deref()));
        let query = found(&self.fields, &hits.words, &hits.conditions)?;
        let (way, beyond, keep) = (hits.way, hits.beyond, both(hits.skip, hits.limit));
        let found = self.rank(&*query, &Ranked { keys, way, beyond, keep, scoring: true })?;
        let after = found.first.into_iter().skip(number(hits.skip));
        let hits = after
            .map(|((score, newest), address)| Ok(Hit { document: self.document(address)?, score, newest }));
        Ok((found.total, hits.collect::<Result<_, Failure>>()?))
    }
}

fn reading(error: tantivy::TantivyError) -> Failure {
    failure("reading an index", error)
}

fn shown(entry: Entry) -> Option<Document> {
    let Entry { id, stamp, body, .. } = entry;
    body.map(|body| Document { id, position: stamp.position(), body })
}

fn number(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn both(skip: u32, limit: u32) -> usize {
    number(skip).saturating_add(number(limit))
}

/// Scores are whole numbers.
#[allow(clippy::as_conversions, reason = "there is no other way from a float; it saturates")]
const fn whole(score: f32) -> u64 {
    score as u64
}

fn hit_keys(segment: &SegmentReader, newest: Option<&str>) -> tantivy::Result<KeyOf<HitKey>> {
    let Some(newest) = newest else { return Ok(Box::new(|_, score| (whole(score), 0))) };
    let newest = segment.fast_fields().i64(newest)?;
    Ok(Box::new(move |doc, score| (whole(score), newest.first(doc).unwrap_or(0))))
}

fn scalars(segment: &SegmentReader, kinds: &[(String, Kind)]) -> tantivy::Result<KeyOf<Vec<Scalar>>> {
    let mut columns: Vec<KeyOf<Option<Scalar>>> = Vec::new();
    for (name, kind) in kinds {
        columns.push(match kind {
            Kind::Integer => {
                let column = segment.fast_fields().i64(name)?;
                Box::new(move |doc, _| column.first(doc).map(Scalar::Integer))
            }
            Kind::Keyword | Kind::Time | Kind::Text { .. } => {
                let column = segment.fast_fields().str(name)?;
                Box::new(move |doc, _| {
                    let column = column.as_ref()?;
                    let (ord, mut text) = (column.term_ords(doc).next()?, String::new());
                    matches!(column.ord_to_str(ord, &mut text), Ok(true)).then_some(Scalar::Text(text))
                })
            }
        });
    }
    Ok(Box::new(move |doc, score| columns.iter_mut().filter_map(|column| column(doc, score)).collect()))
}

#[async_trait]
impl DocumentReader for Moment {
    async fn get(&self, id: &str) -> Result<Option<Document>, Failure> {
        let (own, id) = (self.clone(), id.to_owned());
        blocking(move || Ok(own.entry(&id)?.and_then(shown))).await
    }

    async fn window(&self, window: &Window) -> Result<Vec<Document>, Failure> {
        let (own, window) = (self.clone(), window.clone());
        blocking(move || Self::window(&own, &window)).await
    }

    async fn count(&self, conditions: &[Condition]) -> Result<u64, Failure> {
        let (own, conditions) = (self.clone(), conditions.to_vec());
        blocking(move || Self::count(&own, &*holding(&own.fields, &conditions)?)).await
    }

    async fn hits(&self, hits: &Hits) -> Result<Vec<Hit>, Failure> {
        let (own, hits) = (self.clone(), hits.clone());
        blocking(move || Ok(Self::hits(&own, &hits)?.1)).await
    }

    async fn count_hits(&self, hits: &Hits) -> Result<u64, Failure> {
        let (own, hits) = (self.clone(), hits.clone());
        blocking(move || Self::count(&own, &*found(&own.fields, &hits.words, &hits.conditions)?)).await
    }

    /// As provided, but the documents are ranked and counted in one pass.
    async fn search(&self, search: &Search) -> Result<Listed<Hit>, Failure> {
        let hits = Hits::of(search)
            .map_err(|error| Failure::new(FailureKind::Invalid, "reading a part of a list", error))?;
        let Some(hits) = hits else { return Ok(Listed::empty()) };
        let own = self.clone();
        let (total, found) = blocking(move || Self::hits(&own, &hits)).await?;
        let keyed = found.into_iter().map(|hit| (vec![hit.score.into(), hit.newest.into()], hit));
        Ok(Listed::from_read(&search.part, keyed.collect(), total))
    }
}
