//! The feed of changes: told of each change of a view once it is visible to a query, on whatever node it was made.
//!
//! One task per kind of thing follows the log and waits for the watermarks of the projections that serve its view; so a
//! projection that is stuck holds up the changes of its own kind alone, and a rebuild tells nothing.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use diptych::{CorrelationId, Failure, Filter, Node, Position, RecordedEvent, Subscription};
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::Thing;

/// How many changes a follower may be behind.
const BEHIND: usize = 4_096;
/// How long changes are remembered for sockets that open after them.
pub(crate) const REMEMBERED: Duration = Duration::from_millis(100);

/// One change of one view.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) thing: Thing,
    pub(crate) id: Arc<str>,
    pub(crate) position: Position,
    pub(crate) correlation_id: CorrelationId,
    /// When it became visible.
    pub(crate) at: Instant,
}

impl Change {
    pub(crate) fn is_of(&self, thing: &Thing, id: &str) -> bool {
        self.thing.category() == thing.category() && &*self.id == id
    }
}

/// A follower of the feed.
pub(crate) struct Changes(broadcast::Receiver<Change>);

impl Changes {
    /// The next change.
    pub(crate) async fn next(&mut self) -> Result<Change, RecvError> {
        self.0.recv().await
    }
}

/// Tells followers of changes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Feed {
    sender: broadcast::Sender<Change>,
    recent: Arc<Mutex<VecDeque<Change>>>,
}

impl Feed {
    /// Starts to follow the log from its present head.
    pub(crate) fn start(node: &Node, things: &[Thing], stopping: &CancellationToken) -> Self {
        let feed = Self { sender: broadcast::Sender::new(BEHIND), recent: Arc::default() };
        for thing in things {
            let (feed, node, thing) = (feed.clone(), node.clone(), thing.clone());
            let stopping = stopping.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = stopping.cancelled() => {}
                    () = feed.follow_log(&node, &thing) => {}
                }
            });
        }
        feed
    }

    /// Every change from now on.
    pub(crate) fn follow(&self) -> Changes {
        Changes(self.sender.subscribe())
    }

    /// The changes of the last 100 ms, and every change from now on; none is in both or in neither.
    pub(crate) fn follow_with_recent(&self) -> (Vec<Change>, Changes) {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let young = recent.iter().filter(|change| change.at.elapsed() <= REMEMBERED).cloned().collect();
        (young, self.follow())
    }

    pub(crate) fn publish(&self, change: Change) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        while recent.front().is_some_and(|old| old.at.elapsed() > REMEMBERED) {
            recent.pop_front();
        }
        recent.push_back(change.clone());
        if self.sender.send(change).is_err() {
            tracing::trace!("nobody follows the changes");
        }
    }

    async fn follow_log(&self, node: &Node, thing: &Thing) {
        let mut from = loop {
            match node.store().head().await {
                Ok(head) => break head,
                Err(failure) => pause(thing, &failure).await,
            }
        };
        loop {
            match self.follow_from(&mut from, node, thing).await {
                Ok(()) => return,
                Err(failure) => pause(thing, &failure).await,
            }
        }
    }

    async fn follow_from(&self, from: &mut Position, node: &Node, thing: &Thing) -> Result<(), Failure> {
        let projections = thing.projections(node);
        let mut log = Subscription::new(Arc::clone(node.store()), Filter::All, *from);
        let mut marks: Vec<_> = projections.iter().map(|name| node.watermarks().watch(name)).collect();
        loop {
            let batch = log.next().await?;
            for event in &batch.events {
                for id in ids_of(event, thing.category()) {
                    for mark in &mut marks {
                        if mark.wait_for(|at| *at >= event.position()).await.is_err() {
                            return Ok(());
                        }
                    }
                    self.publish(Change {
                        thing: thing.clone(),
                        id,
                        position: event.position(),
                        correlation_id: event.metadata.correlation_id.clone(),
                        at: Instant::now(),
                    });
                }
                *from = event.position();
            }
            *from = batch.watermark;
        }
    }
}

async fn pause(thing: &Thing, failure: &Failure) {
    tracing::warn!(?thing, error = failure.chain(), "changes are not told for a second");
    tokio::time::sleep(Duration::from_secs(1)).await;
}

/// The things of a category that an event touches: by its stream, or by a tag of the category's name.
fn ids_of(event: &RecordedEvent, category: &str) -> Vec<Arc<str>> {
    let own = (event.stream().category() == category).then(|| event.stream().id().as_str());
    let tagged = event.tags.iter().filter(|tag| tag.key() == category).map(diptych::Tag::value);
    let mut ids: Vec<Arc<str>> = own.into_iter().chain(tagged).map(Into::into).collect();
    ids.sort();
    ids.dedup();
    ids
}
