//! Rules of callers that go away: what a store has begun it makes, wholly.

use std::{sync::Arc, task::Poll};

use diptych_core::{AppendCondition, Position};
use futures::future::join_all;

use super::Fixture;
use crate::{
    deadline::within,
    draft::{append, conditional, log, several},
};

const CALLERS: usize = 64;

/// A caller that goes away does not cancel its append: what the store has begun it makes, wholly.
pub async fn a_caller_that_goes_away_cancels_nothing(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let mut appending =
        Box::pin(store.append(conditional(several(3, "account/1", "Opened"), AppendCondition::default())));
    let answered = futures::poll!(appending.as_mut());
    drop(appending);
    if let Poll::Ready(answer) = answered {
        answer.expect("nothing speaks against the append");
    }
    let mut watch = store.watch();
    let told = within("an append whose caller went away is made", watch.past(Position::START)).await;
    told.expect("the store is open");
    assert_eq!(log(&*store).await.len(), 3, "events of the append whose caller went away");
}

/// Callers that go away in a crowd leave whole appends or none, streams without gaps, and a store that goes on.
pub async fn callers_that_go_away_in_a_crowd_harm_no_other(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let mut staying = Vec::new();
    for n in 0..CALLERS {
        let append = conditional(several(2, "account/1", "Deposited"), AppendCondition::default());
        let store = Arc::clone(&store);
        let task = tokio::spawn(async move { store.append(append).await });
        if n % 2 == 0 {
            task.abort();
        } else {
            staying.push(task);
        }
        tokio::task::yield_now().await;
    }
    for ended in within("those who stay are answered", join_all(staying)).await {
        ended.expect("a writer broke").expect("nothing speaks against the append");
    }
    append(&*store, several(2, "account/1", "Closed")).await;
    let revisions: Vec<_> = log(&*store).await.iter().map(|event| event.metadata.revision.get()).collect();
    let count = revisions.len();
    assert_eq!(revisions, (0..).take(count).collect::<Vec<u64>>(), "revisions in the order of positions");
    assert!(count % 2 == 0 && count >= CALLERS + 2, "{count} events of appends of two");
}
