//! Read models whose engine is not the store's own: it may be away when it is to be opened, and is asked again until it is there.
//!
//! That happens beside the beat, so that an engine that is away, or slow to say so, holds up no other projection and no start.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use diptych_core::{Failure, model::Reach};
use tokio::task::JoinHandle;

use super::{Role, Supervisor};
use crate::projections::status::LastError;

/// How long it rests before it asks again, at most.
const LONGEST: Duration = Duration::from_secs(2);
/// And after the first time.
const FIRST: Duration = Duration::from_millis(100);

/// What is being done beside the beat, and why it was not done yet.
#[derive(Default)]
pub(super) struct Opening {
    task: Option<JoinHandle<()>>,
    error: Option<LastError>,
}

/// What is being waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Its runners.
    Runners,
    /// Its rows.
    Rows,
}

impl Supervisor {
    /// Where its engine stands.
    pub(crate) fn reach(&self) -> Reach {
        self.how.models.reach()
    }

    /// Leads as soon as the engine is there.
    pub(crate) fn lead_when_it_can(self: &Arc<Self>, report: Option<&str>) {
        self.open_beside(Wanted::Runners, report);
    }

    /// Finds the rows as soon as the engine is there.
    pub(super) fn follow_when_it_can(self: &Arc<Self>) {
        self.open_beside(Wanted::Rows, None);
    }

    /// Why it could not be opened, the last time it was tried.
    pub(crate) fn away(&self) -> Option<LastError> {
        self.opening.lock().unwrap_or_else(PoisonError::into_inner).error.clone()
    }

    fn open_beside(self: &Arc<Self>, wanted: Wanted, report: Option<&str>) {
        let mut opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if opening.task.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        let (own, report) = (Arc::clone(self), report.map(ToOwned::to_owned));
        opening.task = Some(tokio::spawn(async move { own.open_again_and_again(wanted, report).await }));
    }

    async fn open_again_and_again(&self, wanted: Wanted, report: Option<String>) {
        for attempt in 1.. {
            let opened = match wanted {
                Wanted::Runners => self.lead(report.as_deref()).await,
                Wanted::Rows => self.reopen().await,
            };
            let Err(failure) = opened else { break };
            self.could_not(&failure, attempt);
            tokio::time::sleep(FIRST.saturating_mul(1 << attempt.min(8)).min(LONGEST)).await;
        }
        self.opening.lock().unwrap_or_else(PoisonError::into_inner).error = None;
    }

    fn could_not(&self, failure: &Failure, attempt: u32) {
        let error = LastError::new(failure, None, attempt, self.how.around.clock.now());
        if attempt == 1 {
            tracing::error!(
                projection = self.name(),
                error = error.message,
                "its engine is away; it is asked again"
            );
        }
        self.opening.lock().unwrap_or_else(PoisonError::into_inner).error = Some(error);
    }

    /// Whoever reads has found that the engine has no such generation any more: it is made anew with the next beat.
    pub(super) async fn has_lost_it(&self) {
        if let Role::Leads(inner) = &*self.role.lock().await {
            inner.live.runner.progress.lost(true);
        }
    }

    /// Opens nothing any more.
    pub(super) async fn stop_opening(&self) {
        let task = self.opening.lock().unwrap_or_else(PoisonError::into_inner).task.take();
        if let Some(task) = task {
            task.abort();
            // Cancelled is how it should end.
            drop(task.await);
        }
    }
}
