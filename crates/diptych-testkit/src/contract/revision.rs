//! Rules of streams: revisions without gaps, and what a caller may expect of them.

use diptych_core::{
    AppendCondition, Conflict, EventStore, Expected, Position, Revision, Scope,
    store::{Direction, MAX_PAGE},
};

use super::Fixture;
use crate::draft::{all, append, conditional, conflict, event, made, several, stream};

/// The revisions of a stream are 0, 1, 2, … in position order, whatever goes on in other streams and whatever was refused in between.
pub async fn revisions_start_at_zero_and_have_no_gaps(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    for round in 0..5 {
        append(&*store, [event("account/1", "Deposited"), event("account/2", "Deposited")]).await;
        append(&*store, several(round, "order/1", "Created")).await;
        let refused = AppendCondition::expect(stream("account/1"), Expected::NoStream);
        conflict(&*store, conditional([event("account/1", "Deposited")], refused)).await;
    }
    for name in ["account/1", "account/2", "order/1"] {
        let events = all(&*store, Scope::stream(stream(name)), Direction::Forward, MAX_PAGE).await;
        let revisions: Vec<_> = events.iter().map(|event| event.metadata.revision.get()).collect();
        assert_eq!(
            revisions,
            (0..revisions.len().try_into().expect("small")).collect::<Vec<u64>>(),
            "of {name}"
        );
    }
}

/// The last of a stream is its last revision and that event's position; there is none where it has no events.
pub async fn the_last_of_a_stream_is_known(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    assert_eq!(last_of(&*store, "account/1").await, None);
    let first = append(&*store, [event("account/1", "Opened")]).await.position;
    append(&*store, [event("account/2", "Opened")]).await;
    assert_eq!(last_of(&*store, "account/1").await, Some((Revision::FIRST, first)));
    let both = append(&*store, [event("account/1", "Deposited"), event("account/2", "Deposited")]).await;
    assert_eq!(last_of(&*store, "account/1").await, Some((Revision::new(1), both.events[0].position())));
    assert_eq!(last_of(&*store, "account/3").await, None);
}

/// "No stream" holds until the stream has an event.
pub async fn no_stream_is_expected_of_a_stream_without_events(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/other", "Opened")]).await;
    holds(&*store, Expected::NoStream).await;
    refused(&*store, Expected::NoStream, Some(0)).await;
}

/// "Exists" holds as soon as the stream has an event, however many.
pub async fn existence_is_expected_of_a_stream_with_events(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/other", "Opened")]).await;
    refused(&*store, Expected::Exists, None).await;
    append(&*store, [event("account/1", "Opened")]).await;
    holds(&*store, Expected::Exists).await;
    holds(&*store, Expected::Exists).await;
}

/// A revision is expected exactly: neither an earlier nor a later one will do, and none will do where there is no stream.
pub async fn a_revision_is_expected_exactly(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    refused(&*store, Expected::Revision(Revision::FIRST), None).await;
    append(&*store, several(3, "account/1", "Opened")).await;
    for wrong in [0, 1, 3, 4] {
        refused(&*store, Expected::Revision(Revision::new(wrong)), Some(2)).await;
    }
    holds(&*store, Expected::Revision(Revision::new(2))).await;
    refused(&*store, Expected::Revision(Revision::new(2)), Some(3)).await;
}

/// What is expected of a stream is checked also where nothing goes to it.
pub async fn a_stream_that_is_not_written_to_can_be_expected_too(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Opened")]).await;
    let no_stream = AppendCondition::expect(stream("account/1"), Expected::NoStream);
    conflict(&*store, conditional([event("order/1", "Created")], no_stream)).await;
    let exists = AppendCondition::expect(stream("account/1"), Expected::Exists);
    made(&*store, conditional([event("order/1", "Created")], exists)).await;
}

/// Of several expectations all must hold.
pub async fn several_expectations_must_all_hold(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Opened"), event("account/2", "Opened")]).await;
    let expect = |first, second| AppendCondition {
        expected: vec![(stream("account/1"), first), (stream("account/2"), second)],
        ..AppendCondition::default()
    };
    for wrong in [
        expect(Expected::NoStream, Expected::Exists),
        expect(Expected::Exists, Expected::NoStream),
        expect(Expected::Exists, Expected::Revision(Revision::new(1))),
    ] {
        conflict(&*store, conditional([event("order/1", "Created")], wrong)).await;
    }
    let right = expect(Expected::Revision(Revision::FIRST), Expected::Exists);
    made(&*store, conditional([event("order/1", "Created")], right)).await;
}

/// Expectations are about their own streams: events elsewhere do not conflict, however many came.
pub async fn events_of_other_streams_do_not_disappoint_an_expectation(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Opened")]).await;
    append(&*store, several(20, "account/2", "Opened")).await;
    holds(&*store, Expected::Revision(Revision::FIRST)).await;
}

/// An expectation does not depend on where the decision looked: it is about the stream as it is now.
pub async fn an_expectation_is_about_the_present(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Opened")]).await;
    let condition = AppendCondition {
        after: Position::END,
        ..AppendCondition::expect(stream("account/1"), Expected::NoStream)
    };
    conflict(&*store, conditional([event("account/1", "Opened")], condition)).await;
}

/// Streams are told apart exactly: by case, and by where the category ends.
pub async fn streams_are_told_apart_exactly(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let names =
        ["account/a", "account/A", "account/a.", "account-a/b", "account/a-b", "account_a/b", "a/a:b", "a/a"];
    for name in names {
        let expected = AppendCondition::expect(stream(name), Expected::NoStream);
        made(&*store, conditional([event(name, "Opened")], expected)).await;
    }
    for name in names {
        assert_eq!(
            all(&*store, Scope::stream(stream(name)), Direction::Forward, 9).await.len(),
            1,
            "of {name}"
        );
    }
}

async fn last_of(store: &dyn EventStore, name: &str) -> Option<(Revision, Position)> {
    store.last_of(&stream(name)).await.expect("the last of a stream can be asked for")
}

async fn holds(store: &dyn EventStore, expected: Expected) {
    let condition = AppendCondition::expect(stream("account/1"), expected);
    made(store, conditional([event("account/1", "Deposited")], condition)).await;
}

async fn refused(store: &dyn EventStore, expected: Expected, found: Option<u64>) {
    let condition = AppendCondition::expect(stream("account/1"), expected);
    let conflict = conflict(store, conditional([event("account/1", "Deposited")], condition)).await;
    let found = found.map(Revision::new);
    assert_eq!(
        conflict,
        Conflict::Revision { stream: stream("account/1"), expected, found },
        "the conflict says"
    );
}
