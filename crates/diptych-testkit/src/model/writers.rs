//! Lets writers loose on a store, and notes what each was answered.

use std::sync::Arc;

use diptych_core::{
    AppendCondition, AppendError, Appended, Boundary, EventStore, Expected, Filter, NewEvent, Position,
    Scope, store::ReadRequest,
};
use futures::future::join_all;
use tokio::sync::Barrier;

use super::{
    draw::{Plan, Wish, follow_up},
    history,
};
use crate::{
    Fixture,
    deadline::within,
    draft::{conditional, stream},
};

/// One append as it was asked for and answered.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) events: Vec<NewEvent>,
    pub(super) condition: AppendCondition,
    pub(super) answer: Result<Appended, AppendError>,
}

pub(super) async fn let_loose(fixture: &dyn Fixture, plans: Vec<Plan>) {
    let store = fixture.open().await;
    let start = Arc::new(Barrier::new(plans.len()));
    let writers = plans.into_iter().map(|plan| {
        let (store, start) = (Arc::clone(&store), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            let mut attempts = Vec::new();
            for wish in plan {
                carry_out(&*store, &wish, &mut attempts).await;
            }
            attempts
        })
    });
    let mut attempts = Vec::new();
    for writer in within("every writer ends", join_all(writers)).await {
        attempts.extend(writer.expect("a writer broke"));
    }
    history::check(attempts, &crate::draft::log(&*store).await);
}

/// Decides until nobody else is first, or three times.
async fn carry_out(store: &dyn EventStore, wish: &Wish, attempts: &mut Vec<Attempt>) {
    for _ in 0..3 {
        let condition = look(store, wish).await;
        tokio::task::yield_now().await;
        let events: Vec<_> = wish.facts.iter().map(|fact| fact.event()).collect();
        let answer = store.append(conditional(events.clone(), condition.clone())).await;
        let done = answer.is_ok();
        attempts.push(Attempt { events, condition, answer });
        if done {
            return;
        }
    }
}

/// Reads all that the decision looks at: the lowest position of all reads is what it was made on.
async fn look(store: &dyn EventStore, wish: &Wish) -> AppendCondition {
    let mut expected = Vec::new();
    if let Some(name) = wish.expects {
        let last = store.last_of(&stream(name)).await.expect("the last of a stream can be asked for");
        expected.push((
            stream(name),
            last.map_or(Expected::NoStream, |(revision, _)| Expected::Revision(revision)),
        ));
    }
    let mut boundary = wish.reads.clone();
    let (mut after, mut found) = (Position::END, 0);
    for scope in &wish.reads {
        let (considered, count) = count(store, scope).await;
        (after, found) = (after.min(considered), found + count);
    }
    if wish.follow_up {
        boundary.push(follow_up(found));
        after = after.min(count(store, &follow_up(found)).await.0);
    }
    AppendCondition { boundary: Boundary(boundary), after, expected }
}

/// Up to where a scope was read, and how many events it had.
async fn count(store: &dyn EventStore, scope: &Scope) -> (Position, usize) {
    let (mut from, mut count) = (Position::START, 0);
    loop {
        let page = store
            .read(ReadRequest::after(Filter::from(scope.clone()), from))
            .await
            .expect("a page can be read");
        (from, count) = (page.considered, count + page.events.len());
        if page.considered >= page.head {
            return (from, count);
        }
    }
}
