//! Rules of readers beside writers: every event once, in order, and nothing that the head has not told.

use std::sync::Arc;

use diptych_core::{EventStore, NewEvent, RecordedEvent, Scope};
use futures::future::join_all;
use tokio::task::JoinHandle;

use super::Fixture;
use crate::{
    deadline::within,
    draft::{Draft, append, event, head, log, stream, tag},
    follow::{Followed, follow},
};

/// While eight writers write, four readers each see every event once and in order, each append whole or in a row of pages,
/// and one that filters sees all that passes.
pub async fn readers_miss_nothing_while_writers_write(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let (writers, appends) = (8, 40);
    let filters =
        [Scope::default(), Scope::default(), Scope::category("account"), Scope::tagged([tag("even:0")])];
    let readers: Vec<_> =
        filters.iter().map(|scope| follow(&store, scope.clone().into(), stream("end/1"))).collect();
    let writing = (0..writers).map(|n| write(&store, n, appends));
    for ended in within("every writer ends", join_all(writing)).await {
        ended.expect("a writer broke");
    }
    append(&*store, [event("end/1", "Ended").tagged(&["even:0"]), event("account/end", "Ended")]).await;
    let log = log(&*store).await;
    for (reader, scope) in readers.into_iter().zip(filters) {
        let Followed { events, heads } = within("every reader ends", reader).await.expect("a reader broke");
        let passes = |event: &&RecordedEvent| scope.holds(event.stream(), &event.event_type, &event.tags);
        let expected: Vec<_> = log.iter().filter(passes).collect();
        let missed = expected.iter().find(|event| !events.contains(event));
        assert!(missed.is_none(), "a reader of {scope:?} was never shown {missed:?}");
        assert_eq!(
            events.iter().collect::<Vec<_>>(),
            expected,
            "what a reader of {scope:?} was shown, in order"
        );
        assert!(heads.is_sorted(), "the head went back");
    }
}

/// The head is never ahead of what can be read: whoever has the head reads at least that far, and finds there what
/// everyone finds later.
pub async fn the_head_never_runs_ahead_of_what_can_be_read(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let writers: Vec<_> = (0..8).map(|n| write(&store, n, 25)).collect();
    let mut seen = Vec::new();
    let mut written = false;
    while !written {
        written = writers.iter().all(JoinHandle::is_finished);
        let at = head(&*store).await;
        seen.push((at, log(&*store).await.iter().filter(|event| event.position() <= at).count()));
        tokio::task::yield_now().await;
    }
    for ended in within("every writer ends", join_all(writers)).await {
        ended.expect("a writer broke");
    }
    let log = log(&*store).await;
    for (at, count) in seen {
        let there = log.iter().filter(|event| event.position() <= at).count();
        assert_eq!(
            count, there,
            "events up to {at}, read when that was the head (left) and at the end (right)"
        );
    }
}

/// Appends of two events, one of them with a tag, to streams of two kinds.
fn write(store: &Arc<dyn EventStore>, writer: usize, appends: usize) -> JoinHandle<()> {
    let store = Arc::clone(store);
    tokio::spawn(async move {
        for n in 0..appends {
            let events: [NewEvent; 2] = [
                event(&format!("account/{writer}"), "Deposited").tagged(&[&format!("even:{}", n % 2)]),
                event(&format!("order/{}", n % 5), "Created"),
            ];
            append(&*store, events).await;
        }
    })
}
