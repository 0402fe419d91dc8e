//! Rules of subscribers that come and go beside writers: from a checkpoint on, nothing is skipped and nothing comes twice.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use diptych::Subscription;
use diptych_core::{EventStore, Failure, NewEvent, Position, RecordedEvent, Scope};
use futures::future::join_all;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::task::JoinHandle;

use super::Fixture;
use crate::{
    deadline::within,
    draft::{Draft, append, event, log, stream, tag},
    proof::{Effort, Evidence, seed},
};

const WRITERS: usize = 8;
const SUBSCRIBERS: usize = 4;

/// While eight writers write, four subscribers are stopped at random, wherever they are, and go on from their checkpoint:
/// each sees every event once, in order. Where the store has a second handle, half of all use that one.
pub async fn subscribers_that_restart_see_every_event_once(fixture: &dyn Fixture) {
    let mut evidence = Evidence::of("completeness", fixture.name());
    let (seed, appends) = (seed(), Effort::of_environment().of(40, 4_000));
    let mut handles = vec![fixture.open().await];
    handles.extend(fixture.open_beside().await);
    let handle = |n: usize| Arc::clone(&handles[n % handles.len()]);
    let scopes =
        [Scope::default(), Scope::default(), Scope::category("account"), Scope::tagged([tag("even:0")])];
    let subscribers: Vec<_> = (0..SUBSCRIBERS)
        .map(|n| {
            let random = StdRng::seed_from_u64(seed.wrapping_add(u64::try_from(n).unwrap_or(0)));
            let follower = Follower { store: handle(n), scope: scopes[n].clone(), saved: Mutex::default() };
            tokio::spawn(Arc::new(follower).live(random))
        })
        .collect();
    let writers: Vec<_> = (0..WRITERS).map(|n| write(handle(n / 2), n, appends)).collect();
    let patience = Effort::of_environment().deadline();
    let ended = tokio::time::timeout(patience, join_all(writers)).await.expect("every writer ends");
    ended.into_iter().for_each(|ended| ended.expect("a writer broke"));
    append(&*handles[0], [event("account/end", "Ended").tagged(&["even:0"])]).await;
    let log = log(&*handles[0]).await;
    assert_eq!(log.len(), WRITERS * appends * 2 + 1, "events in the log");
    let mut restarts = 0;
    for (subscriber, scope) in subscribers.into_iter().zip(&scopes) {
        let saved =
            within("every subscriber comes to the end", subscriber).await.expect("a subscriber broke");
        saved.is_all_of(scope, &log, seed);
        restarts += saved.restarts;
    }
    evidence.add("events", log.len());
    evidence.add("writers", WRITERS);
    evidence.add("handles of the store", handles.len());
    evidence.add("subscribers", SUBSCRIBERS);
    evidence.add("restarts of subscribers", restarts);
    evidence.add("seed", seed);
    evidence.hand_in();
}

/// What outlives a subscriber: what it was shown and its checkpoint, which move together.
#[derive(Clone, Debug, Default)]
struct Saved {
    seen: Vec<Position>,
    checkpoint: Position,
    is_at_the_end: bool,
    restarts: u64,
}

impl Saved {
    /// Holds what was shown against the log as it is in the end.
    fn is_all_of(&self, scope: &Scope, log: &[RecordedEvent], seed: u64) {
        let passes = |event: &&RecordedEvent| scope.holds(event.stream(), &event.event_type, &event.tags);
        let expected: Vec<_> = log.iter().filter(passes).map(RecordedEvent::position).collect();
        let wrong = self.seen.iter().zip(&expected).position(|(seen, expected)| seen != expected);
        assert!(
            self.seen == expected,
            "a subscriber of {scope:?} was shown {} events of {}; the first that differs is number {wrong:?} (seed {seed})",
            self.seen.len(),
            expected.len(),
        );
    }
}

struct Follower {
    store: Arc<dyn EventStore>,
    scope: Scope,
    saved: Mutex<Saved>,
}

impl Follower {
    /// Follows the log to its end, and is stopped in between, anywhere.
    async fn live(self: Arc<Self>, mut random: StdRng) -> Saved {
        loop {
            let life = Duration::from_micros(random.random_range(0..15_000));
            let page = random.random_range(1..40);
            match tokio::time::timeout(life, self.follow(page)).await {
                Ok(Ok(())) => return self.saved().clone(),
                Ok(Err(failure)) => panic!("a subscriber was told of {}", failure.chain()),
                Err(_) => self.saved().restarts += 1,
            }
        }
    }

    async fn follow(&self, page: usize) -> Result<(), Failure> {
        let from = self.saved().checkpoint;
        let mut feed = Subscription::new(Arc::clone(&self.store), self.scope.clone().into(), from).page(page);
        while !self.saved().is_at_the_end {
            let batch = feed.next().await?;
            // A moment in which it can be stopped with events in its hands.
            tokio::task::yield_now().await;
            let mut saved = self.saved();
            let end = stream("account/end");
            saved.is_at_the_end = batch.events.iter().any(|event| *event.stream() == end);
            saved.seen.extend(batch.events.iter().map(|event| event.position()));
            saved.checkpoint = batch.watermark;
        }
        Ok(())
    }

    fn saved(&self) -> std::sync::MutexGuard<'_, Saved> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(store: Arc<dyn EventStore>, writer: usize, appends: usize) -> JoinHandle<()> {
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
