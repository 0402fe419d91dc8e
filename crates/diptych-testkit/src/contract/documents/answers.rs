//! Rules of answers: whatever the engine, they are those of the fold of the log.
//!
//! The fold is kept by `MemoryDocuments` of the runtime, which looks at every document for every question. A rule of this page holds that one
//! itself against a fold in a map.

use std::{collections::BTreeMap, sync::Arc};

use diptych::memory::{MemoryDocuments, MemoryStore};
use diptych_core::{
    Listed, Part, Position, RecordedEvent, Start,
    documents::{Condition, Document, DocumentProjection, DocumentReader, Find, Hit, Search},
    model::{ReadHandle, ReadModel, ReadModels},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;

use super::{
    DocumentFixture, Searching,
    goods::{self, Goods, by_price, newest_first},
    models,
};
use crate::{
    contract::models::own,
    draft::{append, log},
    proof::{Effort, Evidence, seed},
};

/// A generation of the goods, live, with its owner's epoch.
struct Filled {
    _models: Arc<dyn ReadModels>,
    model: Arc<dyn ReadModel>,
}

impl Filled {
    async fn with(models: Arc<dyn ReadModels>, log: &[RecordedEvent], random: &mut StdRng) -> Self {
        let model = models.open(models.create().await.expect("made")).await.expect("opened");
        let epoch = own(&*model).await;
        let mut rest = log;
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(random.random_range(1..=rest.len().min(90)));
            let to = batch.last().map_or(Position::START, RecordedEvent::position);
            model.apply(batch.into(), to, epoch).await.expect("a batch is taken");
            rest = later;
        }
        Self { _models: models, model }
    }

    async fn reader(&self) -> Box<dyn ReadHandle> {
        self.model.reader().await.expect("it can be read")
    }
}

fn documents(handle: &dyn ReadHandle) -> &dyn DocumentReader {
    handle.documents().expect("an engine of documents")
}

/// A random history: lists, pages both ways, counts, single documents and searches are those of the fold of the log.
///
/// # Panics
/// Where an answer is another; so does every rule here.
pub async fn answers_are_those_of_the_fold_of_the_log(fixture: &dyn DocumentFixture) {
    let (seed, questions) = (seed(), Effort::of_environment().of(20, 1_000));
    let mut random = StdRng::seed_from_u64(seed);
    let store = MemoryStore::new();
    append(&store, goods::happen(&mut random, 60, 300)).await;
    let log = log(&store).await;
    let mut evidence = Evidence::of("answers are those of the fold of the log", fixture.name());
    let one = Filled::with(models(fixture.engine().await, Goods), &log, &mut random).await;
    let reference = models(Arc::new(MemoryDocuments::new()), Goods);
    let other = Filled::with(reference, &log, &mut random).await;
    let (one, other) = (one.reader().await, other.reader().await);
    let (one, other) = (documents(&*one), documents(&*other));
    let fold = fold(&log);
    for (id, body) in &fold {
        let found = one.get(id).await.expect("read").map(|document| document.body);
        assert_eq!(found.as_ref(), body.as_ref(), "{id} (left), and the fold (seed {seed})");
    }
    for _ in 0..questions {
        let find = a_find(&mut random);
        all_pages_agree(one, other, &find, seed).await;
        if fixture.searching() == Searching::Words {
            let search = a_search(&mut random);
            searches_agree(one, other, &search, seed).await;
        }
    }
    evidence.add("events", log.len());
    evidence.add("questions", questions);
    evidence.add("seed", seed);
    evidence.hand_in();
}

/// What is typed is never a query of the engine's own language: it is searched by its words, or finds nothing, and never fails.
pub async fn a_text_is_data(fixture: &dyn DocumentFixture) {
    if fixture.searching() == Searching::Not {
        return super::super::nothing_to_test("the engine does not search");
    }
    let seed = seed();
    let mut random = StdRng::seed_from_u64(seed);
    let store = MemoryStore::new();
    append(&store, goods::happen(&mut random, 60, 150)).await;
    let log = log(&store).await;
    let one = Filled::with(models(fixture.engine().await, Goods), &log, &mut random).await;
    let other = Filled::with(models(Arc::new(MemoryDocuments::new()), Goods), &log, &mut random).await;
    let (one, other) = (one.reader().await, other.reader().await);
    for text in goods::odd_texts() {
        searches_agree(documents(&*one), documents(&*other), &Search::first(text, 100), seed).await;
    }
    for odd in ["$where", "*", "a\"b", "\\", "'", "{}"] {
        let part = Part { start: Start::Offset(0), limit: 10 };
        let find = Find::all(by_price(), part).with(Condition::is("category", odd));
        let found = documents(&*one).find(&find).await.expect("a value is data");
        assert_eq!((found.total, found.items.len()), (0, 0), "{odd} is no category of any");
        assert_eq!(documents(&*one).get(odd).await.expect("an id is data"), None, "{odd}");
    }
}

/// Followed by its links, a list skips no document and repeats none, while others are added before and after.
pub async fn pages_neither_skip_nor_repeat_while_others_are_added(fixture: &dyn DocumentFixture) {
    let seed = seed();
    let mut random = StdRng::seed_from_u64(seed);
    let store = MemoryStore::new();
    append(&store, goods::happen(&mut random, 80, 100)).await;
    let before = log(&store).await;
    let filled = Filled::with(models(fixture.engine().await, Goods), &before, &mut random).await;
    let epoch = own(&*filled.model).await;
    let there: Vec<_> =
        fold(&before).into_iter().filter(|(_, body)| body.is_some()).map(|(id, _)| id).collect();
    let (mut seen, mut start, mut taken) = (Vec::new(), Start::Offset(0), before.len());
    loop {
        let handle = filled.reader().await;
        let part = Part { start, limit: 7 };
        let page = documents(&*handle).find(&Find::all(newest_first(), part)).await.expect("read");
        seen.extend(page.items.iter().map(|(_, document)| document.id.clone()));
        let Some((last, _)) = page.items.last().filter(|_| page.more_after) else { break };
        start = Start::After(last.clone());
        let new: Vec<_> = (0..3).map(|n| goods::new_one(&mut random, &format!("n{taken}-{n}"))).collect();
        append(&store, new).await;
        let log = log(&store).await;
        let to = log.last().map_or(Position::START, RecordedEvent::position);
        filled.model.apply(log[taken..].into(), to, epoch).await.expect("taken");
        taken = log.len();
    }
    seen.sort();
    let mut there = there;
    there.sort();
    assert_eq!(seen, there, "what was seen (left), and what was there at the start (seed {seed})");
}

/// The documents as a map: what folding is, without any engine.
fn fold(log: &[RecordedEvent]) -> BTreeMap<String, Option<Value>> {
    let mut all: BTreeMap<String, Option<Value>> = BTreeMap::new();
    for event in log {
        for fact in Goods.folding(event).expect("it can be read") {
            for id in fact.touches().into_iter().collect::<std::collections::BTreeSet<_>>() {
                fact.fold(&id, all.entry(id.clone()).or_default()).expect("it can be folded");
            }
        }
    }
    all
}

fn conditions(random: &mut StdRng) -> Vec<Condition> {
    let (category, tag, cents) = goods::wanted(random);
    let (_, other_tag, _) = goods::wanted(random);
    let all = [
        Condition::is("category", category),
        Condition::Any("tags".into(), vec![tag.into(), other_tag.into()]),
        Condition::AtLeast("cents".into(), cents.into()),
        Condition::AtMost("cents".into(), (cents + 9).into()),
        Condition::Any("category".into(), Vec::new()),
    ];
    let chances = [0.4, 0.4, 0.3, 0.3, 0.02];
    all.into_iter().zip(chances).filter(|(_, chance)| random.random_bool(*chance)).map(|(it, _)| it).collect()
}

fn a_find(random: &mut StdRng) -> Find {
    let order = if random.random_bool(0.5) { by_price() } else { newest_first() };
    let part = Part { start: Start::Offset(random.random_range(0..6)), limit: random.random_range(1..20) };
    Find { conditions: conditions(random), order, part }
}

fn a_search(random: &mut StdRng) -> Search {
    let part = Part { start: Start::Offset(random.random_range(0..3)), limit: random.random_range(1..12) };
    Search { text: goods::text(random), conditions: conditions(random), part }
}

/// Follows a list to its end and some of the way back.
async fn all_pages_agree(one: &dyn DocumentReader, other: &dyn DocumentReader, find: &Find, seed: u64) {
    let mut find = find.clone();
    loop {
        let (ours, theirs) = (one.find(&find).await, other.find(&find).await);
        let (ours, theirs) = (ours.expect("an answer"), theirs.expect("an answer"));
        assert_eq!(ours, theirs, "{find:?} answers (left), and should (seed {seed})");
        back_agrees(one, other, &find, &theirs, seed).await;
        match theirs.items.last().filter(|_| theirs.more_after) {
            Some((last, _)) => find.part.start = Start::After(last.clone()),
            None => return,
        }
    }
}

async fn back_agrees(
    one: &dyn DocumentReader,
    other: &dyn DocumentReader,
    find: &Find,
    page: &Listed<Document>,
    seed: u64,
) {
    let Some((first, _)) = page.items.first() else { return };
    let back = Find { part: Part { start: Start::Before(first.clone()), limit: 3 }, ..find.clone() };
    let (ours, theirs) = (one.find(&back).await, other.find(&back).await);
    assert_eq!(ours.expect("an answer"), theirs.expect("an answer"), "{back:?} (seed {seed})");
}

async fn searches_agree(one: &dyn DocumentReader, other: &dyn DocumentReader, search: &Search, seed: u64) {
    let mut search = search.clone();
    for _ in 0..4 {
        let (ours, theirs) = (one.search(&search).await, other.search(&search).await);
        let theirs: Listed<Hit> = theirs.expect("an answer");
        let ours = ours.unwrap_or_else(|failure| panic!("{:?}: {}", search.text, failure.chain()));
        assert_eq!(ours, theirs, "{search:?} finds (left), and should (seed {seed})");
        if let Some((first, _)) = theirs.items.first() {
            let part = Part { start: Start::Before(first.clone()), limit: 2 };
            let back = Search { part, ..search.clone() };
            let (ours, theirs) = (one.search(&back).await, other.search(&back).await);
            assert_eq!(ours.expect("an answer"), theirs.expect("an answer"), "{back:?} (seed {seed})");
        }
        match theirs.items.last().filter(|_| theirs.more_after) {
            Some((last, _)) => search.part.start = Start::After(last.clone()),
            None => return,
        }
    }
}
