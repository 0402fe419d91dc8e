//! Rules of keeping: everything of an event comes back exactly as it was given.

use diptych_core::{
    Actor, AppendError, CausationId, EventStore, FailureKind, Filter, NewEvent, RecordedEvent, Scope,
    Timestamp,
    store::{Direction, MAX_PAGE},
};

use super::Fixture;
use crate::draft::{Draft, all, append, conditional, correlation, event, head, log, tag};
use crate::why::why;

/// Payloads come back byte by byte: nothing parses and rewrites them.
pub async fn payloads_come_back_byte_by_byte(fixture: &dyn Fixture) {
    let payloads = [
        "{}",
        "{\"b\":1,\"a\":2,\"a\":3}",
        " { \"spaced\" :\t[ ] }\n",
        "{\"text\":\"a\\u0000b \u{1F426} \\\" ' \\\\\"}",
        "{\"number\":123456789012345678901234567890.10,\"exponent\":1E400,\"minus\":-0}",
        "[null,true,\"\"]",
    ];
    let given = payloads.map(|payload| event("account/1", "Deposited").payload(payload));
    come_back(&*fixture.open().await, given).await;
}

/// A payload of a megabyte comes back whole.
pub async fn a_payload_of_a_megabyte_comes_back_whole(fixture: &dyn Fixture) {
    let letters: String = ('a'..='z').cycle().take(1 << 20).collect();
    let big = event("account/1", "Deposited").payload(format!("{{\"text\":\"{letters}\"}}"));
    come_back(&*fixture.open().await, [event("account/1", "Opened"), big, event("account/1", "Closed")])
        .await;
}

/// Tags of any characters come back as they were, are told apart exactly, and are found by exactly themselves.
pub async fn tags_of_any_characters_come_back_and_are_found(fixture: &dyn Fixture) {
    let long = format!("long:{}", "x".repeat(507));
    let tags = [
        "k:",
        "k:a",
        "k:A",
        "k:a ",
        " k:a",
        "k:a:b",
        "k:a%",
        "k:a_",
        "k:*",
        "k:'",
        "k:\"",
        "k:\\",
        "k:;--",
        "k:\n\t",
        "k:{a,b}",
        "k:\u{e4}",
        "k:a\u{308}",
        "k:\u{1F426}",
        "k:\u{feff}",
        "kk:a",
        long.as_str(),
    ];
    let store = fixture.open().await;
    let given: Vec<_> = tags.iter().map(|tag| event("account/1", "Opened").tagged(&[tag])).collect();
    let ids: Vec<_> = given.iter().map(|event| event.provenance.event_id).collect();
    come_back(
        &*store,
        [given, vec![event("account/1", "Opened").tagged(&["other:1", "other:2", "other:3"])]].concat(),
    )
    .await;
    for (text, id) in tags.iter().zip(ids) {
        let found =
            all(&*store, Filter::from(Scope::tagged([tag(text)])), Direction::Forward, MAX_PAGE).await;
        let found: Vec<_> = found.iter().map(|event| event.metadata.event_id).collect();
        assert_eq!(found, [id], "the events that have the tag {text:?}");
    }
}

/// A tag with U+0000, which some engines cannot hold as text, is kept exactly or refused as invalid; never altered.
pub async fn a_tag_with_u_0000_is_kept_exactly_or_refused(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let given = event("account/1", "Opened").tagged(&["k:a\0b"]);
    match store.append(conditional([given.clone()], Default::default())).await {
        Ok(_) => {
            let found =
                all(&*store, Filter::from(Scope::tagged([tag("k:a\0b")])), Direction::Forward, 9).await;
            assert_eq!(found.len(), 1, "events found by the tag with U+0000");
            assert_eq!(found[0].tags, given.tags, "the tag with U+0000");
            let cut = all(&*store, Filter::from(Scope::tagged([tag("k:a")])), Direction::Forward, 9).await;
            assert!(cut.is_empty(), "a tag with U+0000 is found by what stands before it");
        }
        Err(AppendError::Failure(failure)) => {
            assert_eq!(failure.kind(), FailureKind::Invalid, "{}", failure.chain());
            assert_eq!(head(&*store).await.get(), 0, "the refused append left something");
        }
        Err(other) => panic!("a tag with U+0000 was answered by: {}", why(&other)),
    }
}

/// Who, when and why come back as they were: microseconds of any year, an actor of any characters or none, each id.
pub async fn provenance_comes_back_exactly(fixture: &dyn Fixture) {
    let moments = ["1969-12-31T23:59:59.999999Z", "2026-11-21T09:00:00.000001Z", "9999-01-01T00:00:00Z"];
    let actors = [None, Some("ann@example.org"), Some("\u{1F426}' \"\\")];
    let given = moments.iter().zip(actors).map(|(moment, actor)| {
        let mut event = event("account/1", "Opened");
        event.provenance.recorded_at = Timestamp::parse(moment).expect("a moment");
        event.provenance.actor = actor.map(|actor| Actor(actor.into()));
        event.provenance.correlation_id = correlation(&format!("c:{}", "9".repeat(126)));
        event.provenance.causation_id = CausationId::new("command Open \u{2192} 1");
        event.schema_version = 65_536;
        event
    });
    come_back(&*fixture.open().await, given.collect::<Vec<_>>()).await;
}

/// Streams and types of the longest and oddest names come back as they were.
pub async fn names_come_back_exactly(fixture: &dyn Fixture) {
    let long = format!("account/{}", "x".repeat(128));
    let streams = [long.as_str(), "a-b_9/...", "account/A.b_c:d-e", "account/0", "account/00"];
    let given = streams.map(|name| event(name, "A type: of \u{e4}ny 'name'"));
    come_back(&*fixture.open().await, given).await;
}

async fn come_back(store: &dyn EventStore, given: impl Into<Vec<NewEvent>>) {
    let given = given.into();
    append(store, given.clone()).await;
    let read: Vec<_> = log(store).await.into_iter().map(as_given).collect();
    for (read, given) in read.iter().zip(&given) {
        assert!(read == given, "read:  {}\ngiven: {}", shown(read), shown(given));
    }
    assert_eq!(read.len(), given.len(), "how many were read of those given");
}

fn as_given(recorded: RecordedEvent) -> NewEvent {
    let RecordedEvent { event_type, schema_version, payload, tags, metadata } = recorded;
    let (stream, provenance) = (metadata.stream, metadata.provenance);
    NewEvent { stream, event_type, schema_version, payload, tags, provenance }
}

fn shown(event: &NewEvent) -> String {
    format!("{event:?}").chars().take(2_000).collect()
}
