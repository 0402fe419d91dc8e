//! What stands in a cluster, seen by an operator and by programs of others: aliases, ids, lists that are longer than a search may look.

use std::sync::Arc;

use diptych_core::{
    FailureKind, Part, Start,
    documents::{
        Collection, CollectionName, Condition, DocumentEngine, Entry, Find, Order, Record, Search, Shape,
        Stamp, Written,
    },
    model::Generation,
};
use diptych_testkit::{deadline::run, engine::Engine};
use serde_json::{Value, json};

use crate::server::{BOTH, Place, is_there};

fn name(generation: u32) -> CollectionName {
    // With capitals, which names of indexes may not have.
    CollectionName { projection: "OrderViews-1".to_owned(), generation: Generation(generation) }
}

pub(crate) fn shape() -> Shape {
    let by_number = Order::ascending(&["number"]);
    Shape::new().integer("number").keyword("a.b").text("name", 2).list(&[], by_number).newest("number")
}

pub(crate) fn entry(id: &str, stamp: u64, body: Value) -> Entry {
    Entry { id: id.to_owned(), stamp: Stamp::from_number(stamp), late: Vec::new(), body: Some(body) }
}

pub(crate) fn place(revision: u64) -> Record {
    Record { revision, value: json!({ "reached": revision }) }
}

pub(crate) async fn made(engine: &dyn DocumentEngine, generation: u32) -> Arc<dyn Collection> {
    engine.make(&name(generation), &shape(), &place(1)).await.unwrap();
    engine.open(&name(generation), &shape()).await.unwrap()
}

/// Runs a test in a place of its own on each kind of server.
pub(crate) fn on_both(test: impl AsyncFn(Engine, &Place)) {
    for engine in BOTH.into_iter().filter(|engine| is_there(*engine)) {
        run(async {
            let place = Place::new(engine);
            test(engine, &place).await;
        });
    }
}

#[test]
fn programs_of_others_find_the_live_generation_by_its_alias() {
    on_both(async |_, at| {
        let engine = at.open();
        for (generation, number) in [(1, 10), (2, 20)] {
            let collection = made(&engine, generation).await;
            let body = json!({ "number": number, "a.b": "x", "name": "Café crème" });
            let written = collection.commit(vec![entry("a", 5, body)], &place(2)).await.unwrap();
            assert_eq!(written, Written::Done);
            engine.point_at(&name(generation)).await.unwrap();
            let path = format!("/{}.=order=views-1/_search?q=words.name:cafe", at.prefix);
            let found = at.ask("GET", &path, None).await;
            assert_eq!(found["hits"]["total"]["value"], 1, "{found}");
            assert_eq!(found["hits"]["hits"][0]["_source"]["body"]["number"], number);
        }
    });
}

#[test]
fn an_id_of_any_signs_comes_back_and_none_is_taken_for_the_place() {
    on_both(async |_, at| {
        let engine = at.open();
        let collection = made(&engine, 1).await;
        let long = "é".repeat(256);
        let ids = ["place", "place'", "a/b?c#d", "_id", "\u{0}", "🎹", "..", "\"\\", &long];
        let entries: Vec<_> =
            (1..).zip(ids).map(|(n, id)| entry(id, n, json!({ "number": n, "name": id }))).collect();
        collection.commit(entries.clone(), &place(2)).await.unwrap();
        let mut found = collection.entries(&ids.map(str::to_owned)).await.unwrap();
        found.sort_by_key(|entry| entry.stamp);
        assert_eq!(found, entries);
        let (there, reader) = collection.reader().await.unwrap().unwrap();
        assert_eq!(there, place(2));
        let part = Part { start: Start::Offset(0), limit: 50 };
        let all = reader.find(&Find::all(Order::ascending(&["number"]), part)).await.unwrap();
        let listed: Vec<_> = all.items.iter().map(|(_, document)| document.id.as_str()).collect();
        assert_eq!(listed, ids);
        for id in ids {
            assert_eq!(reader.get(id).await.unwrap().unwrap().id, id);
        }
        assert_eq!(reader.get("nobody").await.unwrap(), None);
        assert_eq!(reader.get(&"x".repeat(513)).await.unwrap(), None);
    });
}

#[test]
fn a_list_and_a_search_are_read_further_than_the_server_looks_at_once() {
    on_both(async |_, at| {
        let engine = at.open();
        let collection = made(&engine, 1).await;
        let entries = (1..=11_000_u64)
            .map(|n| entry(&format!("{n}"), n, json!({ "number": n, "a.b": "x", "name": "piano" })))
            .collect();
        collection.commit(entries, &place(2)).await.unwrap();
        let (_, reader) = collection.reader().await.unwrap().unwrap();
        let part = Part { start: Start::Offset(9_990), limit: 20 };
        let find = Find::all(Order::ascending(&["number"]), part.clone()).with(Condition::is("a.b", "x"));
        let list = reader.find(&find).await.unwrap();
        let numbers: Vec<_> = list.items.iter().map(|(_, it)| it.body["number"].as_u64().unwrap()).collect();
        assert_eq!((numbers, list.total), ((9_991..=10_010).collect(), 11_000));
        let search = reader.search(&Search { part, ..Search::first("paino", 1) }).await.unwrap();
        let numbers: Vec<_> = search.items.iter().map(|(_, hit)| (hit.score, hit.newest)).collect();
        assert_eq!(numbers, (991..=1_010).rev().map(|n| (16, n)).collect::<Vec<_>>());
        let beyond = Find { part: Part { start: Start::Offset(20_000), limit: 5 }, ..find };
        assert_eq!(reader.find(&beyond).await.unwrap().items, []);
    });
}

#[test]
fn who_comes_late_does_not_make_an_index_anew_that_was_removed() {
    on_both(async |_, at| {
        let engine = at.open();
        let collection = made(&engine, 1).await;
        engine.remove(&name(1)).await.unwrap();
        engine.remove(&name(1)).await.unwrap();
        let late = collection.commit(vec![entry("a", 5, json!({ "number": 1 }))], &place(2)).await;
        assert_eq!(late.unwrap(), Written::Changed);
        assert_eq!(collection.commit(Vec::new(), &place(2)).await.unwrap(), Written::Changed);
        assert_eq!(collection.place().await.unwrap(), None);
        assert!(collection.reader().await.unwrap().is_none());
        let left = at.ask("GET", &format!("/_cat/indices/{}.*?format=json", at.prefix), None).await;
        assert_eq!(left, json!([]));
    });
}

#[test]
fn what_is_not_declared_cannot_be_asked_for_and_what_is_of_another_type_compares_as_the_core_does() {
    on_both(async |_, at| {
        let engine = at.open();
        let collection = made(&engine, 1).await;
        let body = json!({ "number": 1, "a.b": "x", "other": 1 });
        collection.commit(vec![entry("a", 5, body)], &place(2)).await.unwrap();
        let (_, reader) = collection.reader().await.unwrap().unwrap();
        let count = async |condition| reader.count(&[condition]).await;
        let refused = count(Condition::is("other", 1)).await.unwrap_err();
        assert_eq!(refused.kind(), FailureKind::Invalid);
        for (condition, found) in [
            (Condition::is("number", "1"), 0),
            (Condition::is("a.b", 1), 0),
            (Condition::AtLeast("number".into(), "".into()), 0),
            (Condition::AtMost("number".into(), "".into()), 1),
            (Condition::AtLeast("a.b".into(), 9.into()), 1),
            (Condition::AtMost("a.b".into(), 9.into()), 0),
            (Condition::Any("number".into(), vec!["x".into(), 1.into()]), 1),
        ] {
            assert_eq!(count(condition.clone()).await.unwrap(), found, "{condition:?}");
        }
    });
}
