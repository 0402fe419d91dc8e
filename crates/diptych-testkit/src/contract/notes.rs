//! Rules of notes: what is remembered of a command is kept with its events, found by key and by conversation, and forgotten by age.

use std::time::Duration;

use diptych_core::{
    Append, AppendCondition, AppendError, Appended, EventStore, Position, Revision, Scope, Timestamp,
    store::{KeptNote, Note},
};

use super::Fixture;
use crate::draft::{append, correlation, event, head, key, log, made, note, stream};

/// A note is kept with its append and completed by it: the target's last revision and the append's last position.
pub async fn a_note_is_completed_by_its_append(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Opened")]).await;
    let events = ["account/1", "account/1", "order/1"].map(|name| event(name, "Deposited"));
    let seen = Note { revision: Some(Revision::FIRST), key: key("k1", 7), ..note("c1", "account/1") };
    let appended = noted(&*store, events, seen).await;
    let expected = KeptNote {
        correlation_id: correlation("c1"),
        target: stream("account/1"),
        revision: Some(Revision::new(2)),
        position: appended.position,
        fingerprint: Some([7; 32]),
    };
    assert_eq!(by_key(&*store, "k1").await, Some(expected.clone()), "by key");
    assert_eq!(by_correlation(&*store, "c1").await, Some(expected), "by conversation");
}

/// Where no event goes to the target, its revision is what the decision saw; where there are no events, so is the position.
pub async fn a_note_counts_for_itself_where_there_are_no_events(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Opened"), event("account/1", "Deposited")]).await;
    let seen = |conversation| Note {
        revision: Some(Revision::new(1)),
        position: Position::new(1),
        ..note(conversation, "account/1")
    };
    noted(&*store, [], seen("c1")).await;
    let kept = by_correlation(&*store, "c1").await.expect("the note of an append without events");
    assert_eq!((kept.revision, kept.position), (Some(Revision::new(1)), Position::new(1)), "without events");
    let appended = noted(&*store, [event("order/1", "Created")], seen("c2")).await;
    let kept = by_correlation(&*store, "c2").await.expect("the note of an append to other streams");
    assert_eq!(
        (kept.revision, kept.position),
        (Some(Revision::new(1)), appended.position),
        "events elsewhere"
    );
    noted(&*store, [], note("c3", "account/9")).await;
    assert_eq!(
        by_correlation(&*store, "c3").await.expect("the note").revision,
        None,
        "a thing without events"
    );
}

/// A key that was used answers with what it gave then, whatever is asked with it now, and nothing is recorded.
pub async fn a_used_key_answers_what_it_gave_then(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let keyed =
        |fingerprint, conversation| Note { key: key("k1", fingerprint), ..note(conversation, "account/1") };
    noted(&*store, [event("account/1", "Opened")], keyed(1, "c1")).await;
    let kept = by_key(&*store, "k1").await.expect("the note is kept");
    let before = log(&*store).await;
    for (fingerprint, conversation) in [(1, "c1"), (1, "c2"), (2, "c3")] {
        let again = Append {
            events: vec![event("account/1", "Opened")],
            condition: AppendCondition::nothing_in(Scope::default(), Position::START),
            note: Some(keyed(fingerprint, conversation)),
        };
        match store.append(again).await {
            Err(AppendError::KeyUsed(given)) => assert_eq!(*given, kept, "what the key gave then"),
            other => panic!("a used key was answered by {other:?}"),
        }
    }
    assert_eq!(log(&*store).await, before, "the log after the retries (left) and before them (right)");
    assert_eq!(by_correlation(&*store, "c2").await, None, "the note of a retry");
    assert_eq!(by_key(&*store, "k1").await, Some(kept), "the note under the key, after the retries");
}

/// A key that came with no events is used as well.
pub async fn a_key_without_events_is_used_too(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let keyed = || Note { key: key("k1", 1), ..note("c1", "account/1") };
    noted(&*store, [], keyed()).await;
    let again = Append {
        events: vec![event("account/1", "Opened")],
        condition: AppendCondition::default(),
        note: Some(keyed()),
    };
    let answer = store.append(again).await;
    assert!(matches!(answer, Err(AppendError::KeyUsed(_))), "{answer:?}");
    assert_eq!(head(&*store).await, Position::START, "the head after the refusal");
}

/// Keys of any characters are told apart exactly.
pub async fn keys_are_told_apart_exactly(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let long = "k".repeat(600);
    let keys =
        ["k", "K", "k ", "[\"ann\",\"k\"]", "k%", "k_", "'\"\\", "\u{e4}", "a\u{308}", "\u{1F426}", &long];
    for (name, n) in keys.iter().zip(0..) {
        noted(&*store, [], Note { key: key(name, n), ..note(&format!("c{n}"), "account/1") }).await;
    }
    for (name, n) in keys.iter().zip(0..) {
        let kept = by_key(&*store, name).await.unwrap_or_else(|| panic!("nothing is kept under {name:?}"));
        assert_eq!(
            (kept.correlation_id, kept.fingerprint),
            (correlation(&format!("c{n}")), Some([n; 32])),
            "{name:?}"
        );
    }
    assert_eq!(by_key(&*store, "").await, None);
}

/// Of several notes of one conversation the last is found.
pub async fn the_last_note_of_a_conversation_is_found(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    assert_eq!(by_correlation(&*store, "c1").await, None);
    for target in ["account/1", "account/2", "account/1", "order/1"] {
        noted(&*store, [event(target, "Any")], note("c1", target)).await;
        noted(&*store, [], note("c2", "account/9")).await;
        let kept = by_correlation(&*store, "c1").await.expect("the conversation has notes");
        assert_eq!((kept.target, kept.fingerprint), (stream(target), None), "the last note");
    }
}

/// An append without a note leaves none, also where its events have a conversation.
pub async fn events_alone_leave_no_note(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let mut event = event("account/1", "Opened");
    event.provenance.correlation_id = correlation("c1");
    append(&*store, [event]).await;
    assert_eq!(by_correlation(&*store, "c1").await, None);
}

/// Notes are forgotten by age, strictly before the moment named; events stay. A forgotten key can be used again.
pub async fn notes_are_forgotten_by_age(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let noon = Timestamp::parse("2026-11-21T12:00:00Z").expect("a moment");
    let (second, micro) = (Duration::from_secs(1), Duration::from_micros(1));
    let moments = [noon.minus(second), noon.minus(micro), noon, noon.plus(second)];
    for (at, n) in moments.into_iter().zip(0..) {
        let note = Note { key: key(&format!("k{n}"), n), at, ..note(&format!("c{n}"), "account/1") };
        noted(&*store, [event("account/1", "Deposited")], note).await;
    }
    assert_eq!(store.forget_notes(noon).await.expect("notes can be forgotten"), 2, "how many were forgotten");
    assert_eq!(store.forget_notes(noon).await.expect("notes can be forgotten"), 0, "and once more");
    for (n, there) in [(0, false), (1, false), (2, true), (3, true)] {
        assert_eq!(by_key(&*store, &format!("k{n}")).await.is_some(), there, "the note under k{n}");
        assert_eq!(by_correlation(&*store, &format!("c{n}")).await.is_some(), there, "the note of c{n}");
    }
    assert_eq!(log(&*store).await.len(), 4, "events, after notes were forgotten");
    noted(&*store, [], Note { key: key("k0", 9), at: noon, ..note("c9", "account/1") }).await;
    assert_eq!(by_key(&*store, "k0").await.expect("used again").fingerprint, Some([9; 32]));
}

async fn noted(
    store: &dyn EventStore,
    events: impl Into<Vec<diptych_core::NewEvent>>,
    note: Note,
) -> Appended {
    made(store, Append { events: events.into(), condition: AppendCondition::default(), note: Some(note) })
        .await
}

async fn by_key(store: &dyn EventStore, key: &str) -> Option<KeptNote> {
    store.note_by_key(key).await.expect("a note can be asked for by its key")
}

async fn by_correlation(store: &dyn EventStore, id: &str) -> Option<KeptNote> {
    store.note_by_correlation(&correlation(id)).await.expect("a note can be asked for by its conversation")
}
