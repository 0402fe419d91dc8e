//! What happens to a server: it is emptied, killed, stopped; each test has one of its own.

use std::sync::Arc;

use diptych_core::{
    Failure, FailureKind, Part, Start,
    documents::{
        Collection, CollectionName, DocumentEngine, Entry, Find, Order, Record, Shape, Stamp, Written,
    },
    model::Generation,
};
use diptych_testkit::{
    contract::documents::{StreamDocuments, models},
    deadline,
    engine::{Engine, OwnEngine},
};
use serde_json::json;

use crate::engine;

/// A server that answers.
async fn own() -> Option<OwnEngine> {
    let server = OwnEngine::start(Engine::Mongodb)?;
    answering(&server).await;
    Some(server)
}

async fn answering(server: &OwnEngine) {
    let engine = engine(&server.url()).await;
    let trying = async {
        while engine.record("any").await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    deadline::within("the server answers", trying).await;
}

fn name() -> CollectionName {
    CollectionName { projection: "numbers".to_owned(), generation: Generation(1) }
}

fn shape() -> Shape {
    Shape::new().integer("number").list(&[], Order::ascending(&["number"]))
}

fn place(revision: u64) -> Record {
    Record { revision, value: json!({ "reached": revision }) }
}

fn entry(number: u64) -> Entry {
    let body = json!({ "number": number });
    Entry { id: format!("n-{number}"), stamp: Stamp::from_number(number), late: Vec::new(), body: Some(body) }
}

async fn collection(engine: &dyn DocumentEngine) -> Arc<dyn Collection> {
    engine.make(&name(), &shape(), &place(1)).await.unwrap();
    engine.open(&name(), &shape()).await.unwrap()
}

/// Tries until it is done, as a runner does; a place that is there already was written by a try whose answer was lost.
async fn committed(collection: &dyn Collection, number: u64) -> Vec<FailureKind> {
    let mut met = Vec::new();
    loop {
        match collection.commit(vec![entry(number)], &place(number + 1)).await {
            Ok(Written::Done) => return met,
            Ok(Written::Changed) => {
                let there = collection.place().await;
                if there.is_ok_and(|there| there == Some(place(number + 1))) {
                    return met;
                }
            }
            Err(failure) => met.push(kind(&failure)),
        }
        tokio::task::yield_now().await;
    }
}

fn kind(failure: &Failure) -> FailureKind {
    assert!(failure.may_retry(), "{}", failure.chain());
    failure.kind()
}

async fn numbers(collection: &dyn Collection) -> Vec<i64> {
    let (_, reader) = collection.reader().await.unwrap().unwrap();
    let part = Part { start: Start::Offset(0), limit: 10_000 };
    let found = reader.find(&Find::all(Order::ascending(&["number"]), part)).await.unwrap();
    found.items.into_iter().map(|(_, document)| document.body["number"].as_i64().unwrap()).collect()
}

#[test]
fn what_a_server_has_lost_is_made_again() {
    deadline::run(async {
        let Some(server) = own().await else { return };
        let models = models(Arc::new(engine(&server.url()).await), StreamDocuments);
        models.create().await.unwrap();
        let client = mongodb::Client::with_uri_str(server.url()).await.unwrap();
        client.database("diptych").drop().await.unwrap();
        assert_eq!(models.generations().await.unwrap(), []);
        let again = models.create().await.unwrap();
        let infos = models.generations().await.unwrap();
        assert_eq!((infos.len(), infos[0].generation, infos[0].live), (1, again, true));
    });
}

#[test]
fn a_document_that_is_not_newer_is_left_as_it_is() {
    deadline::run(async {
        let Some(server) = own().await else { return };
        let engine = engine(&server.url()).await;
        let collection = collection(&engine).await;
        let newer = Entry { stamp: Stamp::from_number(9), ..entry(1) };
        assert_eq!(collection.commit(vec![newer, entry(2)], &place(2)).await.unwrap(), Written::Done);
        let older = Entry { body: Some(json!({ "number": 77 })), ..entry(1) };
        let deleted = Entry { stamp: Stamp::from_number(3), body: None, ..entry(2) };
        assert_eq!(collection.commit(vec![older, deleted], &place(3)).await.unwrap(), Written::Done);
        let late = Entry { body: Some(json!({ "number": 88 })), ..entry(2) };
        assert_eq!(collection.commit(vec![late], &place(4)).await.unwrap(), Written::Done);
        assert_eq!(numbers(&*collection).await, [1], "a deleted document keeps its stamp");
        let stale = collection.commit(vec![entry(5)], &place(4)).await.unwrap();
        assert_eq!(stale, Written::Changed, "a place is set once");
    });
}

#[test]
fn a_server_that_is_killed_again_and_again_loses_nothing_that_it_took() {
    deadline::run(async {
        let Some(mut server) = own().await else { return };
        let engine = engine(&server.url()).await;
        let collection = collection(&engine).await;
        for round in 0..4 {
            let numbers = (round * 50 + 1)..=(round * 50 + 50);
            let writing = async {
                for number in numbers {
                    committed(&*collection, number).await;
                }
            };
            let killing = async {
                for _ in 0..=rand::random_range(0..200) {
                    tokio::task::yield_now().await;
                }
                server.kill();
                server.start_again();
            };
            tokio::join!(writing, killing);
        }
        let all: Vec<i64> = (1..=200).collect();
        assert_eq!(numbers(&*collection).await, all, "{}", server.log());
    });
}

#[test]
fn a_server_that_does_not_answer_is_given_up_and_found_again() {
    deadline::run(async {
        let Some(server) = own().await else { return };
        let engine = engine(&server.url()).await;
        let collection = collection(&engine).await;
        server.freeze();
        let unanswered = collection.commit(vec![entry(1)], &place(2)).await.unwrap_err();
        assert_eq!(unanswered.kind(), FailureKind::Unavailable, "{}", unanswered.chain());
        server.thaw();
        committed(&*collection, 1).await;
        assert_eq!(numbers(&*collection).await, [1]);
    });
}

#[test]
fn no_failure_shows_a_password() {
    deadline::run(async {
        let engine = engine("mongodb://ann:open-sesame@127.0.0.1:1/db?serverSelectionTimeoutMS=100").await;
        let failure = engine.record("any").await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unavailable);
        assert!(!format!("{failure:?} {}", failure.chain()).contains("sesame"), "{}", failure.chain());
    });
}
