//! Watermarks: up to where each projection has considered everything, and waiting for them.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use diptych_core::Position;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

/// The watermark of each projection, by name. Published the moment a batch is committed.
#[derive(Debug, Default)]
pub struct Watermarks {
    all: RwLock<HashMap<String, Arc<Mark>>>,
    moved: Notify,
}

/// The watermark of one projection.
#[derive(Debug, Default)]
struct Mark {
    at: watch::Sender<Position>,
    /// Somebody waits for it to move.
    wanted: Notify,
}

/// A wait that ended before its position was reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{projection} stands at {at}, not yet at {wanted}")]
pub struct NotYet {
    /// The projection that is behind.
    pub projection: String,
    /// Where it stands.
    pub at: Position,
    /// What was waited for.
    pub wanted: Position,
}

impl Watermarks {
    /// Where a projection stands; the start for one that is not known.
    #[must_use]
    pub fn of(&self, projection: &str) -> Position {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all.get(projection).map_or(Position::START, |mark| *mark.at.borrow())
    }

    /// Tells that a projection has come so far. Watermarks only grow.
    pub(crate) fn publish(&self, projection: &str, position: Position) {
        if grow(&self.mark(projection).at, position) {
            self.moved.notify_one();
        }
    }

    /// Returns once some watermark has moved since it returned last. For one listener.
    pub(crate) async fn moved(&self) {
        self.moved.notified().await;
    }

    /// Waits until all of these projections have considered everything up to `position`.
    ///
    /// # Errors
    /// [`NotYet`] names one that has not come so far when the time is over.
    pub async fn wait(
        &self,
        projections: &[&str],
        position: Position,
        at_most: Duration,
    ) -> Result<(), NotYet> {
        let deadline = Instant::now() + at_most;
        for projection in projections {
            let mark = self.mark(projection);
            let mut watermark = mark.at.subscribe();
            if *watermark.borrow() < position {
                mark.wanted.notify_one();
            }
            let reached = watermark.wait_for(|at| *at >= position);
            match tokio::time::timeout_at(deadline, reached).await {
                Ok(Ok(_)) => {}
                Ok(Err(_)) | Err(_) => return Err(self.not_yet(projection, position)),
            }
        }
        Ok(())
    }

    /// Whether all of these projections have considered everything up to `position`.
    ///
    /// # Errors
    /// [`NotYet`] names the first that has not.
    pub fn check(&self, projections: &[&str], position: Position) -> Result<(), NotYet> {
        match projections.iter().find(|name| self.of(name) < position) {
            Some(behind) => Err(self.not_yet(behind, position)),
            None => Ok(()),
        }
    }

    /// Follows the watermark of one projection.
    pub fn watch(&self, projection: &str) -> watch::Receiver<Position> {
        self.mark(projection).at.subscribe()
    }

    /// Returns once somebody waits for a projection to move, or has since this returned last; at the latest after so long.
    pub(crate) async fn wanted(&self, projection: &str, at_most: Duration) {
        let mark = self.mark(projection);
        if tokio::time::timeout(at_most, mark.wanted.notified()).await.is_err() {
            tracing::trace!(projection, "nobody waited for what gathered");
        }
    }

    fn mark(&self, projection: &str) -> Arc<Mark> {
        if let Some(mark) = self.all.read().unwrap_or_else(PoisonError::into_inner).get(projection) {
            return Arc::clone(mark);
        }
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(projection.to_owned()).or_default())
    }

    fn not_yet(&self, projection: &str, wanted: Position) -> NotYet {
        NotYet { projection: projection.to_owned(), at: self.of(projection), wanted }
    }
}

fn grow(sender: &watch::Sender<Position>, position: Position) -> bool {
    sender.send_if_modified(|at| {
        let grown = position > *at;
        *at = position.max(*at);
        grown
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_when_the_last_of_all_projections_is_there() {
        let marks = std::sync::Arc::new(Watermarks::default());
        marks.publish("a", Position::new(5));
        let waiting = {
            let marks = std::sync::Arc::clone(&marks);
            tokio::spawn(
                async move { marks.wait(&["a", "b"], Position::new(5), Duration::from_secs(5)).await },
            )
        };
        tokio::task::yield_now().await;
        marks.publish("b", Position::new(7));
        assert_eq!(waiting.await.unwrap(), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_in_vain_names_who_is_behind() {
        let marks = Watermarks::default();
        marks.publish("a", Position::new(5));
        marks.publish("b", Position::new(3));
        let error = marks.wait(&["a", "b"], Position::new(4), Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(error.to_string(), "b stands at 3, not yet at 4");
    }

    #[tokio::test(start_paused = true)]
    async fn what_gathers_is_wanted_as_soon_as_somebody_waits_for_it() {
        let marks = std::sync::Arc::new(Watermarks::default());
        let (long, begun) = (Duration::from_secs(5), Instant::now());
        let waiting = {
            let marks = std::sync::Arc::clone(&marks);
            tokio::spawn(async move { marks.wait(&["a"], Position::new(1), long).await })
        };
        marks.wanted("a", long).await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
        marks.publish("a", Position::new(1));
        assert_eq!(waiting.await.unwrap(), Ok(()));
        assert_eq!(marks.wait(&["a"], Position::new(1), long).await, Ok(()));
        marks.wanted("a", long).await;
        assert_eq!(begun.elapsed(), long);
    }

    #[test]
    fn watermarks_never_go_back() {
        let marks = Watermarks::default();
        marks.publish("a", Position::new(5));
        marks.publish("a", Position::new(3));
        assert_eq!(marks.of("a"), Position::new(5));
    }
}
