//! Rules of closing: what was taken is finished, what comes after is refused.

use std::sync::Arc;

use diptych_core::{
    AppendCondition, AppendError, EventStore, FailureKind, Filter, Position, store::ReadRequest,
};

use super::Fixture;
use crate::{
    deadline::within,
    draft::{append, conditional, correlation, event, stream},
    why::why,
};

/// After closing, appends and reads fail, and say that nothing was recorded.
pub async fn a_closed_store_refuses_every_call(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Opened")]).await;
    close(&*store).await;
    match store.append(conditional([event("account/1", "Opened")], AppendCondition::default())).await {
        Err(AppendError::Failure(failure)) => {
            assert_ne!(failure.kind(), FailureKind::OutcomeUnknown, "{}", failure.chain());
        }
        other => panic!("a closed store answered an append by {other:?}"),
    }
    let start = Position::START;
    assert!(store.read(ReadRequest::after(Filter::All, start)).await.is_err(), "a closed store was read");
    assert!(store.head().await.is_err(), "a closed store told its head");
    assert!(store.last_of(&stream("account/1")).await.is_err(), "a closed store told the last of a stream");
    assert!(store.note_by_key("k").await.is_err(), "a closed store told a note");
    assert!(store.note_by_correlation(&correlation("c")).await.is_err(), "a closed store told a note");
    assert!(store.watch().past(start).await.is_err(), "a closed store told of news");
}

/// Closing amid appends ends each of them: made, or refused by a failure; none hangs.
pub async fn closing_ends_every_append(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let appends: Vec<_> = (0..64)
        .map(|n| {
            let store = Arc::clone(&store);
            let append = conditional([event(&format!("account/{n}"), "Opened")], AppendCondition::default());
            tokio::spawn(async move { store.append(append).await })
        })
        .collect();
    tokio::task::yield_now().await;
    close(&*store).await;
    let mut last = Position::START;
    for made in appends {
        match within("an append ends when the store is closed", made).await.expect("an append broke") {
            Ok(appended) => last = last.max(appended.position),
            Err(AppendError::Failure(failure)) => {
                assert_ne!(failure.kind(), FailureKind::OutcomeUnknown, "{}", failure.chain());
            }
            Err(other) => panic!("an append was refused by {}", why(&other)),
        }
    }
    if let Some(again) = fixture.reopen().await {
        assert_eq!(
            again.head().await.expect("the head"),
            last,
            "the head when opened again, and the last answered"
        );
    }
}

pub(super) async fn close(store: &dyn EventStore) {
    let closed = within("closing", store.close()).await;
    closed.unwrap_or_else(|failure| panic!("the store could not be closed: {}", failure.chain()));
}
