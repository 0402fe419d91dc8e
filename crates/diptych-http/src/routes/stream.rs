//! Server-Sent Events of one thing: its view as soon as it is there, then after each change.
//!
//! Changes that come faster than the client reads are merged: what is sent is always the newest view, and positions
//! only grow. The stream ends when the client leaves or the server stops.

use std::time::Duration;

use axum::response::{Response, sse::Event};
use diptych::{AskOptions, Position};
use futures::Stream;
use http::request::Parts;
use tokio::{sync::broadcast::error::RecvError, time::Instant};

use super::{Serving, view::last_change};
use crate::{
    Problem, Thing, asked::Asked, feed::Changes, headers::LastEventId, params::Params, sse, thing::Rendered,
};

/// How long a client waits for the first view before it is told `timeout`.
const FIRST_VIEW: Duration = Duration::from_secs(10);

pub(super) async fn stream(
    serving: Serving,
    thing: Thing,
    id: String,
    head: Parts,
) -> Result<Response, Problem> {
    let last = LastEventId::of(&head.headers)?;
    let once = Params::of(&head.uri).flag("once")?;
    let asked = Asked::of(serving.node(), &head.uri, &head.headers).await?;
    last_change(&serving, &thing, &id).await?;
    // Followed from before the first look, so that no change falls between the two.
    let changes = serving.feed().follow();
    let mut watch = Watch {
        sent: last.map_or(Position::START, |LastEventId(position)| Position::new(position)),
        resumed: last.is_some(),
        at: asked.at,
        serving,
        thing,
        id,
        changes,
    };
    if once && watch.resumed {
        return watch.once_resumed().await;
    }
    Ok(sse::stream(watch.events(once)))
}

struct Watch {
    serving: Serving,
    thing: Thing,
    id: String,
    at: Option<Position>,
    /// The position of the last view that the client has.
    sent: Position,
    resumed: bool,
    changes: Changes,
}

enum First {
    View(Rendered),
    NothingNewer,
    TimedOut,
    /// The server stops before there is one.
    Stopped,
}

impl Watch {
    /// The view, from `at` on; none while it is not there.
    async fn look(&self, wait: Duration) -> Result<Option<Rendered>, Problem> {
        let options = AskOptions { at: self.at, wait: Some(wait) };
        let asking = self.thing.ask(self.serving.node(), &self.id, options);
        Ok(self.serving.in_time(asking).await?.and_then(|answered| answered.value))
    }

    /// Waits for the first view, at most ten seconds.
    async fn first(&mut self) -> Result<First, Problem> {
        let deadline = Instant::now() + FIRST_VIEW;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.look(left).await? {
                Some(view) if view.changed > self.sent || !self.resumed => return Ok(First::View(view)),
                Some(_) => return Ok(First::NothingNewer),
                None => {}
            }
            let stopping = self.serving.stopping().clone();
            tokio::select! {
                () = stopping.cancelled() => return Ok(First::Stopped),
                changed = tokio::time::timeout_at(deadline, self.changed()) => {
                    if changed.is_err() {
                        return Ok(First::TimedOut);
                    }
                }
            }
        }
    }

    /// A browser that connects again after its one view: 204 stops it where nothing newer is to come.
    async fn once_resumed(&mut self) -> Result<Response, Problem> {
        let event = match self.first().await? {
            First::NothingNewer => return Ok(sse::nothing_newer()),
            First::TimedOut => Some(sse::timeout()),
            First::View(view) => Some(framed(&view)),
            First::Stopped => None,
        };
        Ok(sse::stream(futures::stream::iter(event)))
    }

    fn events(mut self, once: bool) -> impl Stream<Item = Event> {
        let counted = self.serving.subscribers().one("sse");
        async_stream::stream! {
            let _counted = counted;
            match self.first().await {
                Ok(First::View(view)) => {
                    self.sent = view.changed;
                    yield framed(&view);
                }
                Ok(First::NothingNewer) => {}
                Ok(First::TimedOut) => {
                    yield sse::timeout();
                    return;
                }
                Ok(First::Stopped) => return,
                Err(problem) => {
                    tracing::warn!(detail = problem.detail(), "an event stream ends");
                    return;
                }
            }
            let stopping = self.serving.stopping().clone();
            if once {
                return;
            }
            loop {
                tokio::select! {
                    () = stopping.cancelled() => return,
                    () = self.changed() => {}
                }
                match self.look(Duration::ZERO).await {
                    Ok(Some(view)) if view.changed > self.sent => {
                        self.sent = view.changed;
                        yield framed(&view);
                    }
                    Ok(_) => {}
                    Err(problem) => {
                        tracing::warn!(detail = problem.detail(), "an event stream ends");
                        return;
                    }
                }
            }
        }
    }

    /// Waits until this thing's view may have changed.
    async fn changed(&mut self) {
        loop {
            match self.changes.next().await {
                Ok(change) if change.is_of(&self.thing, &self.id) => return,
                Ok(_) => {}
                // Some changes were not heard of; one of them may have been ours.
                Err(RecvError::Lagged(_)) => return,
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

fn framed(view: &Rendered) -> Event {
    // The view is JSON on one line, as serde_json writes it.
    Event::default().id(view.changed.to_string()).data(String::from_utf8_lossy(&view.json))
}
