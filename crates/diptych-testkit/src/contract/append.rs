//! Rules of appending: order, atomicity, and what a refusal leaves behind.

use diptych_core::{
    Append, AppendCondition, Expected, Filter, Position, RecordedEvent, Revision, Scope,
    store::{Direction, MAX_PAGE},
};

use super::Fixture;
use crate::draft::{
    Draft, all, append, conditional, conflict, correlation, event, head, key, log, made, note, several,
    stream, tag,
};

/// Positions start after [`Position::START`] and increase, within an append and from one to the next. The answer's
/// position is that of its last event, and that is the head.
pub async fn positions_increase_in_the_order_of_commits(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let mut last = head(&*store).await;
    assert_eq!(last, Position::START, "the head of an empty store");
    for count in [1, 3, 2] {
        let appended = append(&*store, several(count, "account/1", "Deposited")).await;
        for recorded in &appended.events {
            assert!(recorded.position() > last, "{} came after {last}", recorded.position());
            last = recorded.position();
        }
        assert_eq!((appended.events.len(), appended.position), (count, last), "what the append answered");
        assert_eq!(head(&*store).await, last, "the head after the append");
    }
}

/// The events that an append answers are those given, in order, with their places; and reading gives the same.
pub async fn what_is_answered_is_what_was_given_and_what_is_read(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let given = [event("account/1", "Opened").tagged(&["owner:a", "plan:b"]), event("account/2", "Closed")];
    let answered = append(&*store, given.clone()).await.events;
    for (given, recorded) in given.iter().zip(&answered) {
        let RecordedEvent { event_type, schema_version, payload, tags, metadata } = recorded;
        assert_eq!(
            (event_type, schema_version, payload, tags, &metadata.stream, &metadata.provenance),
            (
                &given.event_type,
                &given.schema_version,
                &given.payload,
                &given.tags,
                &given.stream,
                &given.provenance
            ),
            "recorded (left) of given (right)"
        );
    }
    assert_eq!(log(&*store).await, answered, "read (left) of answered (right)");
}

/// One append may write several streams, in any order. Positions follow the order given; revisions count per stream.
pub async fn one_append_writes_several_streams(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/b", "Opened")]).await;
    let streams = ["account/a", "account/b", "order/a", "account/a", "account/b"];
    let appended = append(&*store, streams.map(|name| event(name, "Deposited"))).await;
    let places: Vec<_> = appended
        .events
        .iter()
        .map(|event| (event.stream().to_string(), event.metadata.revision.get()))
        .collect();
    let expected = streams.map(str::to_owned).into_iter().zip([0, 1, 0, 1, 2]).collect::<Vec<_>>();
    assert_eq!(places, expected, "streams and revisions in the order given");
}

/// A thousand events in one append are recorded together and in order.
pub async fn one_append_takes_a_thousand_events(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let given: Vec<_> = (0..1_000).map(|n| event(&format!("account/{}", n % 7), "Deposited")).collect();
    let ids: Vec<_> = given.iter().map(|event| event.provenance.event_id).collect();
    append(&*store, given).await;
    let read: Vec<_> = log(&*store).await.iter().map(|event| event.metadata.event_id).collect();
    assert_eq!(read, ids, "the ids of the events in order");
}

/// An append without events records none and answers the head.
pub async fn an_append_without_events_answers_the_head(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    for count in [0, 1, 3] {
        let expected = append(&*store, several(count, "account/1", "Opened")).await.position;
        let appended = append(&*store, []).await;
        assert_eq!((appended.events.len(), appended.position), (0, expected), "after {count} more");
        assert_eq!(head(&*store).await, expected, "the head after an append without events");
    }
}

/// An append without events is judged as any other: a decision that found everything already so must still have seen everything.
pub async fn an_append_without_events_is_judged_too(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Opened")]).await;
    let boundary = AppendCondition::nothing_in(Scope::stream(stream("account/1")), Position::START);
    conflict(&*store, conditional([], boundary)).await;
    let expected = AppendCondition::expect(stream("account/1"), Expected::NoStream);
    conflict(&*store, conditional([], expected)).await;
}

/// A refused append leaves no event, stream, tag, type, revision, note or key behind, also where only one of its many streams is at fault.
pub async fn a_refused_append_leaves_nothing(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Opened")]).await;
    let before = log(&*store).await;
    let refused = |condition| Append {
        events: vec![
            event("fresh/1", "Fresh").tagged(&["fresh:1"]),
            event("account/1", "Fresh").tagged(&["fresh:1"]),
        ],
        condition,
        note: Some(diptych_core::store::Note { key: key("fresh", 1), ..note("fresh", "fresh/1") }),
    };
    conflict(&*store, refused(AppendCondition::expect(stream("account/1"), Expected::NoStream))).await;
    conflict(&*store, refused(AppendCondition::nothing_in(Scope::default(), Position::START))).await;

    assert_eq!(log(&*store).await, before, "the log after a refusal (left) and before it (right)");
    assert_eq!(head(&*store).await, before[0].position(), "the head after a refusal");
    assert_eq!(
        store.last_of(&stream("fresh/1")).await.expect("asked"),
        None,
        "the stream of the refused event"
    );
    for scope in
        [Scope::tagged([tag("fresh:1")]), Scope::default().of_types(["Fresh"]), Scope::category("fresh")]
    {
        let found = all(&*store, Filter::from(scope.clone()), Direction::Forward, MAX_PAGE).await;
        assert!(found.is_empty(), "{scope:?} finds what was refused");
    }
    assert_eq!(store.note_by_key("fresh").await.expect("asked"), None, "the key of the refused append");
    assert_eq!(store.note_by_correlation(&correlation("fresh")).await.expect("asked"), None, "its note");

    let appended = made(&*store, refused(AppendCondition::default())).await;
    let revisions = appended.events.iter().map(|event| event.metadata.revision).collect::<Vec<_>>();
    assert_eq!(revisions, [Revision::FIRST, Revision::new(1)], "revisions after the refusals");
}
