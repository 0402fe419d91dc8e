//! Rules of watching: who waits for the head to move is told, at once and of nothing that cannot be read.

use std::{sync::Arc, time::Duration};

use diptych_core::{
    AppendCondition, Expected, Filter, Position,
    store::{HeadWatch, ReadRequest},
};

use super::Fixture;
use crate::{
    deadline::within,
    draft::{append, conditional, conflict, event, head, several, stream},
};

/// A watch answers at once where the head is past the position already, also for events from before the watch.
pub async fn a_watch_answers_at_once_where_the_head_is_past(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, several(3, "account/1", "Opened")).await;
    let end = head(&*store).await;
    let mut watch = store.watch();
    for _ in 0..2 {
        assert_eq!(past(&mut *watch, Position::START).await, end);
    }
    let below = Position::new(end.get() - 1);
    assert_eq!(past(&mut *watch, below).await, end);
}

/// What was appended between making the watch and asking it is news too.
pub async fn what_came_before_the_first_call_is_news(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let mut watch = store.watch();
    let end = append(&*store, [event("account/1", "Opened")]).await.position;
    assert_eq!(past(&mut *watch, Position::START).await, end);
}

/// A watch that waits is woken by the next append, again and again.
pub async fn a_watch_is_woken_by_an_append(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let mut watch = store.watch();
    let mut seen = Position::START;
    for _ in 0..20 {
        waits(&mut *watch, seen).await;
        let (appended, told) =
            tokio::join!(append(&*store, [event("account/1", "Deposited")]), past(&mut *watch, seen));
        assert_eq!(told, appended.position, "what the watch tells");
        seen = told;
    }
}

/// A watch for a position answers only once the head is past it, however many appends that takes.
pub async fn a_watch_answers_only_past_its_position(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let mut watch = store.watch();
    let goal = Position::new(5);
    let last = loop {
        let appended = append(&*store, [event("account/1", "Deposited")]).await.position;
        if appended > goal {
            break appended;
        }
        waits(&mut *watch, goal).await;
    };
    assert_eq!(past(&mut *watch, goal).await, last);
}

/// Every watch is told, each for itself.
pub async fn every_watch_is_told(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let told: Vec<_> = (0..50)
        .map(|_| {
            let mut watch = store.watch();
            tokio::spawn(async move { past(&mut *watch, Position::START).await })
        })
        .collect();
    let end = append(&*store, [event("account/1", "Opened")]).await.position;
    for told in told {
        assert_eq!(within("every watch is told", told).await.expect("a watch broke"), end);
    }
}

/// A wait that was given up leaves the watch whole: the next one is told.
pub async fn a_wait_may_be_given_up(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let mut watch = store.watch();
    for _ in 0..5 {
        waits(&mut *watch, Position::START).await;
    }
    let end = append(&*store, [event("account/1", "Opened")]).await.position;
    assert_eq!(past(&mut *watch, Position::START).await, end);
}

/// Nothing is news where nothing was recorded: neither a refused append nor one without events.
pub async fn nothing_recorded_is_no_news(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let end = append(&*store, [event("account/1", "Opened")]).await.position;
    let mut watch = store.watch();
    assert_eq!(past(&mut *watch, Position::START).await, end);
    let condition = AppendCondition::expect(stream("account/1"), Expected::NoStream);
    conflict(&*store, conditional([event("account/1", "Opened")], condition)).await;
    append(&*store, []).await;
    waits(&mut *watch, end).await;
}

/// What a watch tells can be read by whoever was told, at once.
pub async fn what_a_watch_tells_can_be_read(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let mut watch = store.watch();
    let writer = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for _ in 0..100 {
                append(&*store, several(2, "account/1", "Deposited")).await;
            }
        })
    };
    let (mut seen, mut count) = (Position::START, 0);
    while count < 200 {
        let told = past(&mut *watch, seen).await;
        while seen < told {
            let page = store.read(ReadRequest::after(Filter::All, seen)).await.expect("read");
            assert!(page.considered >= told, "told of {told}, but a page ends at {}", page.considered);
            (seen, count) = (page.considered, count + page.events.len());
        }
    }
    within("the writer ends", writer).await.expect("the writer broke");
}

/// Closing the store ends every wait with a failure.
pub async fn closing_ends_every_wait(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let mut watch = store.watch();
    let waiting = tokio::spawn(async move {
        let ended = watch.past(Position::START).await;
        (ended, watch.past(Position::START).await)
    });
    tokio::task::yield_now().await;
    within("closing", store.close()).await.expect("the store can be closed");
    let (ended, again) = within("a wait on a closed store ends", waiting).await.expect("the watch broke");
    assert!(ended.is_err() && again.is_err(), "a wait on a closed store answered {ended:?}, then {again:?}");
}

async fn past(watch: &mut dyn HeadWatch, position: Position) -> Position {
    let told = within("the watch tells of news", watch.past(position)).await;
    told.unwrap_or_else(|failure| panic!("a watch on an open store failed: {}", failure.chain()))
}

/// Asks once and gives up.
async fn waits(watch: &mut dyn HeadWatch, position: Position) {
    if let Ok(told) = tokio::time::timeout(Duration::ZERO, watch.past(position)).await {
        panic!("asked for more than {position}, a watch answered {told:?} although there was no such news");
    }
}
