//! What a node does by itself beside its projections. No task ends unseen: errors are logged and tried again.

use std::{sync::Arc, time::Duration};

use diptych_core::{Clock, EventStore};
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::projections::{Leadership, Supervisor};

/// How often old notes are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
/// How often a generation of a new schema version is looked at while it is being filled.
const SETTLE_EVERY: Duration = Duration::from_millis(250);

/// The background tasks of one node.
#[derive(Default)]
pub(super) struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// Forgets notes of commands once an hour, when they are older than `keep`.
    pub(super) fn forget_old_notes(&self, store: Arc<dyn EventStore>, clock: Arc<dyn Clock>, keep: Duration) {
        self.every(FORGET_EVERY, move || {
            let (store, before) = (Arc::clone(&store), clock.now().minus(keep));
            async move {
                match store.forget_notes(before).await {
                    Ok(0) => {}
                    Ok(forgotten) => tracing::info!(forgotten, "old notes of commands are forgotten"),
                    Err(failure) => tracing::warn!(error = failure.chain(), "old notes were not forgotten"),
                }
                false
            }
        });
    }

    /// Makes a generation of a new schema version the live one as soon as it is not behind.
    pub(super) fn settle_new_version(&self, supervisor: Arc<Supervisor>) {
        self.every(SETTLE_EVERY, move || {
            let supervisor = Arc::clone(&supervisor);
            async move {
                match supervisor.settle_new_version().await {
                    Ok(settled) => settled,
                    Err(failure) => {
                        tracing::error!(
                            projection = supervisor.name(),
                            error = failure.chain(),
                            "a new version did not go live"
                        );
                        false
                    }
                }
            }
        });
    }

    /// Beats, and speaks with the other nodes.
    pub(super) fn lead(&self, leadership: &Arc<Leadership>) {
        let of = || (Arc::clone(leadership), self.stop.clone());
        let (it, stop) = of();
        self.tracker.spawn(async move { stop.run_until_cancelled_owned(it.run()).await });
        let (it, stop) = of();
        self.tracker.spawn(async move { stop.run_until_cancelled_owned(it.tell()).await });
        let (it, stop) = of();
        self.tracker.spawn(async move { stop.run_until_cancelled_owned(it.hear()).await });
    }

    /// Runs `act` now and then at intervals, until it answers true or the node stops.
    fn every<F, Fut>(&self, interval: Duration, act: F)
    where
        F: Fn() -> Fut + Send + 'static,
        Fut: Future<Output = bool> + Send,
    {
        let stop = self.stop.clone();
        self.tracker.spawn(async move {
            while !act().await {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(interval) => {}
                }
            }
        });
    }

    /// Runs something that is waited for when the node stops.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.tracker.spawn(work)
    }

    pub(super) async fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}
