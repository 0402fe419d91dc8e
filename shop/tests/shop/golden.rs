//! Every version of every event that was ever stored, as a file each: still readable, and written now as it was.

use std::{collections::BTreeSet, fs, path::PathBuf};

use diptych::{Event, Id, RecordedEvent, StreamId, codec, event::NewEvent};
use diptych_testkit::draft;
use serde_json::Value;
use shop::{
    accounts::{FollowEvent, PostEvent, UserEvent},
    blog::{ArticleEvent, CommentEvent, LikeEvent, ViewEvent},
    catalog::{ProductEvent, ReviewEvent, StockEvent},
    orders::OrderEvent,
};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn golden(name: &str, version: u32) -> String {
    let file = folder().join(format!("{name}.v{version}.json"));
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn stored(name: &str, version: u32) -> RecordedEvent {
    let payload = golden(name, version).into_bytes().into();
    let event: NewEvent = draft::event("test/1", "Test");
    RecordedEvent {
        event_type: name.into(),
        schema_version: version,
        payload,
        tags: Vec::new(),
        metadata: diptych::Metadata {
            position: diptych::Position::new(1),
            stream: StreamId::of("test", &Id::new("1").unwrap()),
            revision: diptych::Revision::FIRST,
            provenance: event.provenance,
        },
    }
}

fn every_version_is_readable_and_the_last_is_written<E: Event>() {
    for schema in E::schemas() {
        for version in 1..=schema.version {
            let read = codec::decode::<E>(&stored(schema.name, version));
            let read = read.unwrap_or_else(|error| panic!("{} v{version}: {error:?}", schema.name));
            if version == schema.version {
                let written: Value = serde_json::from_slice(&read.as_slice()[0].to_json().unwrap()).unwrap();
                let golden: Value = serde_json::from_str(&golden(schema.name, version)).unwrap();
                assert_eq!(written, golden, "{}, as written and as it was", schema.name);
            }
        }
    }
}

#[test]
fn events_of_orders_are_readable_for_ever_and_written_as_they_were() {
    every_version_is_readable_and_the_last_is_written::<OrderEvent>();
}

#[test]
fn events_of_accounts_are_readable_for_ever_and_written_as_they_were() {
    every_version_is_readable_and_the_last_is_written::<UserEvent>();
    every_version_is_readable_and_the_last_is_written::<FollowEvent>();
    every_version_is_readable_and_the_last_is_written::<PostEvent>();
}

#[test]
fn events_of_the_catalog_are_readable_for_ever_and_written_as_they_were() {
    every_version_is_readable_and_the_last_is_written::<ProductEvent>();
    every_version_is_readable_and_the_last_is_written::<StockEvent>();
    every_version_is_readable_and_the_last_is_written::<ReviewEvent>();
}

#[test]
fn events_of_the_blog_are_readable_for_ever_and_written_as_they_were() {
    every_version_is_readable_and_the_last_is_written::<ArticleEvent>();
    every_version_is_readable_and_the_last_is_written::<LikeEvent>();
    every_version_is_readable_and_the_last_is_written::<CommentEvent>();
    every_version_is_readable_and_the_last_is_written::<ViewEvent>();
}

#[test]
fn every_golden_file_is_of_an_event_that_is_known() {
    let orders = [OrderEvent::schemas()];
    let accounts = [UserEvent::schemas(), FollowEvent::schemas(), PostEvent::schemas()];
    let catalog = [ProductEvent::schemas(), StockEvent::schemas(), ReviewEvent::schemas()];
    let blog = [ArticleEvent::schemas(), LikeEvent::schemas(), CommentEvent::schemas(), ViewEvent::schemas()];
    let schemas = [orders.as_slice(), &accounts, &catalog, &blog].concat();
    let known: BTreeSet<String> = schemas
        .concat()
        .iter()
        .flat_map(|schema| (1..=schema.version).map(|version| format!("{}.v{version}.json", schema.name)))
        .collect();
    let files = fs::read_dir(folder()).unwrap();
    let found: BTreeSet<String> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, known);
}

#[test]
fn an_order_of_the_first_version_has_no_email() {
    let read = codec::decode::<OrderEvent>(&stored("OrderCreated", 1)).unwrap();
    let [OrderEvent::OrderCreated { customer_email: None, items, .. }] = read.as_slice() else {
        panic!("{read:?}");
    };
    assert_eq!(items.len(), 1);
}
