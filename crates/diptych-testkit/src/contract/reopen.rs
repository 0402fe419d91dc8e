//! Rules of durability: what was acknowledged is there when the store is opened again. For stores that outlive their handle.

use std::sync::Arc;

use diptych_core::{
    Append, AppendCondition, AppendError, EventStore, Expected, Position, Revision, Scope,
    store::{Direction, MAX_PAGE, Note},
};

use super::{Fixture, close::close, nothing_to_test};
use crate::draft::{
    Draft, all, append, conditional, conflict, correlation, event, head, key, log, made, note, several,
    stream, tag,
};

/// Events, their places and everything about them are there again, and found by every index.
pub async fn events_are_there_again(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Opened").tagged(&["mail:a"]), event("order/1", "Created")]).await;
    append(&*store, several(20, "account/1", "Deposited")).await;
    let before = log(&*store).await;
    let Some(store) = again(fixture, store).await else { return };
    assert_eq!(log(&*store).await, before, "opened again (left) and before (right)");
    assert_eq!(head(&*store).await, before[21].position(), "the head");
    let last = store.last_of(&stream("account/1")).await.expect("asked");
    assert_eq!(last, Some((Revision::new(20), before[21].position())), "the last of a stream");
    for (scope, count) in [(Scope::tagged([tag("mail:a")]), 1), (Scope::category("account"), 21)] {
        assert_eq!(all(&*store, scope.clone(), Direction::Forward, MAX_PAGE).await.len(), count, "{scope:?}");
    }
}

/// Positions and revisions go on where they were.
pub async fn places_go_on_where_they_were(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let before = append(&*store, several(3, "account/1", "Opened")).await.position;
    let Some(store) = again(fixture, store).await else { return };
    let event = append(&*store, [event("account/1", "Deposited")]).await.events.remove(0);
    assert!(event.position() > before, "{} after {before}", event.position());
    assert_eq!(event.metadata.revision, Revision::new(3));
    assert_eq!(log(&*store).await.len(), 4, "events in all");
}

/// Conditions hold of what was there before.
pub async fn conditions_hold_of_what_was_there(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Opened").tagged(&["mail:a"])]).await;
    let Some(store) = again(fixture, store).await else { return };
    let scopes = [Scope::stream(stream("account/1")), Scope::tagged([tag("mail:a")]).of_types(["Opened"])];
    for scope in scopes {
        conflict(&*store, conditional([], AppendCondition::nothing_in(scope, Position::START))).await;
    }
    conflict(&*store, conditional([], AppendCondition::expect(stream("account/1"), Expected::NoStream)))
        .await;
    let free = AppendCondition::nothing_in(Scope::tagged([tag("mail:b")]), Position::START);
    made(&*store, conditional([event("account/2", "Opened").tagged(&["mail:b"])], free)).await;
}

/// Notes are there again, and a used key stays used.
pub async fn notes_are_there_again(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let keyed = || Append {
        events: vec![event("account/1", "Opened")],
        condition: AppendCondition::default(),
        note: Some(Note { key: key("k1", 3), ..note("c1", "account/1") }),
    };
    made(&*store, keyed()).await;
    let before = store.note_by_key("k1").await.expect("asked");
    assert!(before.is_some(), "the note is kept");
    let Some(store) = again(fixture, store).await else { return };
    assert_eq!(store.note_by_key("k1").await.expect("asked"), before, "by key");
    assert_eq!(
        store.note_by_correlation(&correlation("c1")).await.expect("asked"),
        before,
        "by conversation"
    );
    let used = store.append(keyed()).await;
    assert!(matches!(used, Err(AppendError::KeyUsed(_))), "a used key: {used:?}");
}

/// Closes the store and opens it again.
pub(super) async fn again(fixture: &dyn Fixture, store: Arc<dyn EventStore>) -> Option<Arc<dyn EventStore>> {
    close(&*store).await;
    drop(store);
    let reopened = fixture.reopen().await;
    if reopened.is_none() {
        nothing_to_test("the store does not outlive its handle");
    }
    reopened
}
