//! Documents of one bulk request are judged one by one: those that may be taken later are sent again, one that is refused is named.

use std::sync::Arc;

use diptych::{App, ErrorPolicy, OnFailure, Stores, memory::MemoryStore};
use diptych_core::{
    BoxError, FailureKind, ProjectionSpec, RecordedEvent,
    documents::{
        Collection, CollectionName, Condition, DocumentEngine, DocumentProjection, Entry, Folding, Shape,
        Written,
    },
    model::{Generation, Later},
};
use diptych_testkit::{
    contract::documents::models,
    deadline::DEADLINE,
    draft::{append, event},
};
use serde_json::{Value, json};

use crate::{
    cluster::{entry, made, on_both, place, shape},
    front::{Fate, Front},
    server::Place,
};

/// A collection that is there, spoken to through a front.
async fn fronted(at: &Place) -> (Front, Arc<dyn Collection>) {
    made(&at.open(), 1).await;
    let front = Front::before(&at.url).await;
    let name = CollectionName { projection: "OrderViews-1".to_owned(), generation: Generation(1) };
    let url = format!("{}?patience=1", front.url());
    let collection = at.open_at(&url).open(&name, &shape()).await.unwrap();
    (front, collection)
}

fn some(count: u64) -> Vec<Entry> {
    (1..=count).map(|n| entry(&n.to_string(), n, json!({ "number": n }))).collect()
}

async fn count(collection: &dyn Collection) -> u64 {
    collection.reader().await.unwrap().unwrap().1.count(&[]).await.unwrap()
}

#[test]
fn a_document_that_is_refused_is_named_and_the_others_are_written() {
    on_both(async |_, at| {
        let collection = made(&at.open(), 1).await;
        let mut entries = some(5);
        // Longer than a term may be.
        entries[2].body = Some(json!({ "number": 3, "a.b": "x".repeat(40_000) }));
        let refused = collection.commit(entries.clone(), &place(2)).await.unwrap_err();
        assert_eq!(refused.kind(), FailureKind::Invalid, "{}", refused.chain());
        assert!(refused.chain().contains("refuses the document \"3\""), "{}", refused.chain());
        assert_eq!(collection.place().await.unwrap(), Some(place(1)));
        entries.remove(2);
        assert_eq!(collection.commit(entries, &place(2)).await.unwrap(), Written::Done);
        assert_eq!(count(&*collection).await, 4);
    });
}

/// Keeps the type of each stream's last event; that of one type is longer than the server takes.
struct LastTypes;

struct LastType<'a>(&'a RecordedEvent);

impl Folding for LastType<'_> {
    fn touches(&self) -> Vec<String> {
        vec![self.0.stream().to_string()]
    }

    fn fold(&self, _: &str, document: &mut Option<Value>) -> Result<(), BoxError> {
        let length = if &*self.0.event_type == "Long" { 40_000 } else { 1 };
        *document = Some(json!({ "last": self.0.event_type.repeat(length) }));
        Ok(())
    }
}

impl DocumentProjection for LastTypes {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("last_types")
    }

    fn shape(&self) -> Shape {
        Shape::new().keyword("last")
    }

    fn folding<'a>(&'a self, event: &'a RecordedEvent) -> Result<Vec<Box<dyn Folding + 'a>>, BoxError> {
        Ok(vec![Box::new(LastType(event))])
    }
}

#[test]
fn an_event_whose_document_is_refused_is_parked_and_holds_up_no_other() {
    on_both(async |_, at| {
        let store = MemoryStore::new();
        let kind = |n| if n == 4 { "Long" } else { "A" };
        append(&store, (0..9).map(|n| event(&format!("a/{n}"), kind(n))).collect::<Vec<_>>()).await;
        let stores = Stores { events: Arc::new(store.clone()), ..Stores::memory(None).unwrap() };
        let parking = OnFailure::Park(Later::Go);
        let policy = ErrorPolicy { attempts: 1, on_failure: parking, ..ErrorPolicy::default() };
        let models = models(Arc::new(at.open()), LastTypes);
        let app = App::with(stores).read_model(Arc::clone(&models)).on_error("last_types", policy);
        let node = app.start().await.unwrap();
        node.settled(DEADLINE).await.unwrap();
        let parked = node.parked("last_types").await.unwrap();
        let told: Vec<_> = parked.iter().map(|parked| (parked.position.get(), &*parked.error)).collect();
        assert!(matches!(told.as_slice(), [(5, error)] if error.contains("refuses")), "{told:?}");
        let live = models.generations().await.unwrap().remove(0).generation;
        let handle = models.open(live).await.unwrap().reader().await.unwrap();
        let reader = handle.documents().unwrap();
        assert_eq!(reader.count(&[Condition::is("last", "A")]).await.unwrap(), 8);
        assert_eq!(reader.count(&[]).await.unwrap(), 8);
    });
}

#[test]
fn what_may_be_taken_later_is_sent_again_and_the_rest_is_not() {
    on_both(async |_, at| {
        let (front, collection) = fronted(at).await;
        front.bulks([Fate::EverySecond(429), Fate::Answer(503), Fate::EverySecond(503), Fate::Pass]);
        assert_eq!(collection.commit(some(8), &place(2)).await.unwrap(), Written::Done);
        assert_eq!(front.sizes(), [8, 4, 4, 2]);
        assert_eq!(count(&*collection).await, 8);
    });
}

#[test]
fn a_server_that_stays_overloaded_is_told_of_and_nothing_counts_as_written() {
    on_both(async |_, at| {
        let (front, collection) = fronted(at).await;
        front.bulks([Fate::EverySecond(429)]);
        let failure = collection.commit(some(300), &place(2)).await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unavailable);
        assert!(failure.chain().contains("too much to do"), "{}", failure.chain());
        assert_eq!(collection.place().await.unwrap(), Some(place(1)));
        front.bulks([Fate::Pass]);
        assert_eq!(collection.commit(some(300), &place(2)).await.unwrap(), Written::Done);
        assert_eq!(count(&*collection).await, 300);
    });
}

#[test]
fn a_request_that_is_too_large_is_cut_and_a_document_that_is_is_named() {
    on_both(async |_, at| {
        let (front, collection) = fronted(at).await;
        front.bulks([Fate::AtMost(700)]);
        assert_eq!(collection.commit(some(20), &place(2)).await.unwrap(), Written::Done);
        assert_eq!(count(&*collection).await, 20);
        let large = entry("large", 30, json!({ "number": 30, "more": "x".repeat(700) }));
        let refused = collection.commit(vec![large], &place(3)).await.unwrap_err();
        assert_eq!(refused.kind(), FailureKind::Invalid);
        assert!(refused.chain().contains("\"large\""), "{}", refused.chain());
    });
}

#[test]
fn a_server_that_says_nothing_is_given_up_and_what_it_did_is_found_out() {
    on_both(async |_, at| {
        let (front, collection) = fronted(at).await;
        front.bulks([Fate::Swallow, Fate::SwallowAnswer, Fate::Pass]);
        for _ in 0..2 {
            let failure = collection.commit(some(3), &place(2)).await.unwrap_err();
            assert_eq!(failure.kind(), FailureKind::Unavailable);
        }
        front.place(Fate::SwallowAnswer);
        let failure = collection.commit(some(3), &place(2)).await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::OutcomeUnknown);
        assert_eq!(collection.place().await.unwrap(), Some(place(2)));
        assert_eq!(count(&*collection).await, 3);
        assert_eq!(collection.commit(some(3), &place(2)).await.unwrap(), Written::Changed);
        assert_eq!(collection.commit(some(3), &place(3)).await.unwrap(), Written::Done);
    });
}
