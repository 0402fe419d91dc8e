//! What happens to a server: it is told to evict, emptied, killed, stopped; each test has one of its own.

use std::sync::Arc;

use diptych::memory::MemoryStore;
use diptych_core::{
    Failure, FailureKind, Part, RecordedEvent, Start,
    documents::{
        Collection, CollectionName, DocumentEngine, Entry, Find, Order, Record, Shape, Stamp, Written,
    },
    model::{ApplyError, Generation, ReadModels},
};
use diptych_testkit::{
    contract::documents::{StreamDocuments, models},
    deadline,
    draft::{append, event, log},
    engine::{Engine, OwnEngine},
};
use redis::aio::MultiplexedConnection;
use serde_json::json;

use crate::engine;

/// A server that answers.
async fn own() -> Option<OwnEngine> {
    let server = OwnEngine::start(Engine::Redis)?;
    answering(&server).await;
    Some(server)
}

async fn answering(server: &OwnEngine) -> MultiplexedConnection {
    let client = redis::Client::open(server.url()).unwrap();
    let trying = async {
        loop {
            if let Ok(mut connection) = client.get_multiplexed_async_connection().await
                && redis::cmd("PING").query_async::<String>(&mut connection).await.is_ok()
            {
                return connection;
            }
            tokio::task::yield_now().await;
        }
    };
    deadline::within("the server answers", trying).await
}

async fn told(connection: &mut MultiplexedConnection, words: &[&str]) {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command.query_async::<()>(connection).await.unwrap();
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
fn a_server_that_may_evict_is_refused_until_it_may_not() {
    deadline::run(async {
        let Some(server) = own().await else { return };
        let mut connection = answering(&server).await;
        told(&mut connection, &["CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru"])
            .await;
        let models: Arc<dyn ReadModels> = models(Arc::new(engine(&server.url())), StreamDocuments);
        let refused = models.create().await.unwrap_err();
        assert_eq!(refused.kind(), FailureKind::Unavailable);
        assert!(refused.chain().contains("maxmemory-policy allkeys-lru"), "{}", refused.chain());
        // What is given no time to live is safe from these.
        told(&mut connection, &["CONFIG", "SET", "maxmemory-policy", "volatile-lru"]).await;
        models.create().await.unwrap();
    });
}

#[test]
fn what_a_server_was_emptied_of_is_made_again() {
    deadline::run(async {
        let Some(server) = own().await else { return };
        let models = models(Arc::new(engine(&server.url())), StreamDocuments);
        let first = models.create().await.unwrap();
        told(&mut answering(&server).await, &["FLUSHALL"]).await;
        assert_eq!(models.generations().await.unwrap(), []);
        let again = models.create().await.unwrap();
        let infos = models.generations().await.unwrap();
        assert_eq!((infos.len(), infos[0].generation, infos[0].live), (1, again, true));
        assert_eq!(first, again);
    });
}

#[test]
fn what_a_server_lost_from_the_end_is_taken_again() {
    deadline::run(async {
        let Some(server) = own().await else { return };
        let mut connection = answering(&server).await;
        let models = models(Arc::new(engine(&server.url())), StreamDocuments);
        let generation = models.create().await.unwrap();
        let model = models.open(generation).await.unwrap();
        let epoch = model.take_over("a runner").await.unwrap().epoch;
        let log = recorded(&["one", "two", "three"]).await;
        model.apply(log[..1].into(), log[0].position(), epoch).await.unwrap();
        let key = "diptych:{by_stream-1}:place";
        let before: Vec<String> = redis::cmd("HGETALL").arg(key).query_async(&mut connection).await.unwrap();
        model.apply(log[1..2].into(), log[1].position(), epoch).await.unwrap();
        redis::cmd("HSET").arg(key).arg(before).query_async::<()>(&mut connection).await.unwrap();
        let refused = model.apply(log[2..].into(), log[2].position(), epoch).await.unwrap_err();
        assert!(matches!(&refused, ApplyError::Failure(failure) if failure.may_retry()), "{refused}");
        let from = model.take_over("a runner").await.unwrap();
        assert_eq!(from.position, log[0].position(), "so the runner begins again where the server is");
        model.apply(log[1..].into(), log[2].position(), from.epoch).await.unwrap();
    });
}

/// A log of a stream.
async fn recorded(types: &[&str]) -> Vec<RecordedEvent> {
    let store = MemoryStore::new();
    for event_type in types {
        append(&store, [event("a/1", event_type)]).await;
    }
    log(&store).await
}

#[test]
fn a_server_that_is_full_says_so_and_goes_on_when_it_has_room() {
    deadline::run(async {
        let Some(server) = own().await else { return };
        let engine = engine(&server.url());
        let collection = collection(&engine).await;
        let mut connection = answering(&server).await;
        told(&mut connection, &["CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "1"]).await;
        let full = collection.commit(vec![entry(1)], &place(2)).await.unwrap_err();
        assert_eq!(full.kind(), FailureKind::Unavailable);
        assert!(full.chain().contains("maxmemory"), "{}", full.chain());
        assert_eq!(collection.place().await.unwrap(), Some(place(1)), "nothing of it is written");
        told(&mut connection, &["CONFIG", "SET", "maxmemory", "0"]).await;
        assert_eq!(committed(&*collection, 1).await, []);
    });
}

#[test]
fn a_server_that_is_killed_again_and_again_loses_nothing_that_it_took() {
    deadline::run(async {
        let Some(mut server) = own().await else { return };
        let engine = engine(&format!("{}?patience=1", server.url()));
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
        let engine = engine(&format!("{}?patience=1", server.url()));
        let collection = collection(&engine).await;
        server.freeze();
        let unanswered = collection.commit(vec![entry(1)], &place(2)).await.unwrap_err();
        assert_eq!(unanswered.kind(), FailureKind::OutcomeUnknown, "{}", unanswered.chain());
        server.thaw();
        committed(&*collection, 1).await;
        assert_eq!(numbers(&*collection).await, [1]);
    });
}

#[test]
fn no_failure_shows_a_password() {
    deadline::run(async {
        let engine = engine("redis://ann:open-sesame@127.0.0.1:1/0");
        let failure = engine.record("any").await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unavailable);
        assert!(!format!("{failure:?} {}", failure.chain()).contains("sesame"), "{}", failure.chain());
    });
}
