//! Read models that die, fail or are held at a step: what a crash, a broken engine or a stopped process does to a runner.

use std::{
    future::pending,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind, Position, ProjectionSpec, RecordedEvent,
    model::{
        ApplyError, Checkpoint, Epoch, Generation, GenerationInfo, ParkedEvent, ReadHandle, ReadModel,
        ReadModels,
    },
};
use tokio::sync::Notify;

/// What befalls the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// The process dies before the step is done: nothing is answered any more.
    DieBefore,
    /// The process dies once the step is done, and does not hear of it.
    DieAfter,
    /// The step fails, and is not done.
    FailBefore,
    /// The step is done, but its answer is lost.
    FailAfter,
    /// The process is stopped before a batch is written, and goes on when it is told to. Only batches count.
    Hold,
}

/// Of one life of a program. Steps are counted from 1: every call of [`ReadModels`] and of [`ReadModel`] but reading.
#[derive(Debug)]
pub(super) struct Fate {
    at: u64,
    deed: Deed,
    steps: AtomicU64,
    /// It has come to the step.
    come: Notify,
    go_on: Notify,
    /// What a batch that was held was answered.
    held: Mutex<Option<Result<(), String>>>,
    answered: Notify,
}

impl Fate {
    pub(super) fn new(deed: Deed, at: u64) -> Arc<Self> {
        Arc::new(Self {
            at,
            deed,
            steps: AtomicU64::new(0),
            come: Notify::new(),
            go_on: Notify::new(),
            held: Mutex::default(),
            answered: Notify::new(),
        })
    }

    /// Puts read models under this fate.
    pub(super) fn of(self: &Arc<Self>, models: Arc<dyn ReadModels>) -> Arc<dyn ReadModels> {
        Arc::new(Fated { models, fate: Arc::clone(self) })
    }

    /// Waits until it has come to the step.
    pub(super) async fn has_come(&self) {
        self.come.notified().await;
    }

    /// Whether the process dies of it.
    pub(super) fn is_deadly(&self) -> bool {
        matches!(self.deed, Deed::DieBefore | Deed::DieAfter)
    }

    /// Whether it was ever reached.
    pub(super) fn was_reached(&self) -> bool {
        self.steps.load(Ordering::Acquire) >= self.at
    }

    /// Lets what was held go on; answers what it came to.
    pub(super) async fn go_on(&self) -> Result<(), String> {
        self.go_on.notify_one();
        self.answered.notified().await;
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        held.unwrap_or_else(|| Err("nothing was held".to_owned()))
    }

    async fn step<T, E: From<Failure>>(&self, act: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        if self.deed == Deed::Hold {
            return act.await;
        }
        let nth = self.steps.fetch_add(1, Ordering::AcqRel) + 1;
        let dies = self.is_deadly();
        if nth > self.at && dies {
            return pending().await;
        }
        if nth != self.at {
            return act.await;
        }
        if matches!(self.deed, Deed::DieAfter | Deed::FailAfter) {
            act.await?;
        }
        self.come.notify_one();
        if dies {
            return pending().await;
        }
        Err(Failure::plain(FailureKind::Unavailable, "the engine failed, as it was told to").into())
    }

    async fn batch(&self, act: impl Future<Output = Result<(), ApplyError>>) -> Result<(), ApplyError> {
        if self.deed != Deed::Hold {
            return self.step(act).await;
        }
        if self.steps.fetch_add(1, Ordering::AcqRel) + 1 != self.at {
            return act.await;
        }
        self.come.notify_one();
        self.go_on.notified().await;
        let done = act.await;
        let told = done.as_ref().copied().map_err(ToString::to_string);
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
        self.answered.notify_one();
        done
    }
}

#[derive(Debug)]
struct Fated<T: ?Sized> {
    fate: Arc<Fate>,
    models: Arc<T>,
}

#[async_trait]
impl ReadModels for Fated<dyn ReadModels> {
    fn spec(&self) -> &ProjectionSpec {
        self.models.spec()
    }

    async fn generations(&self) -> Result<Vec<GenerationInfo>, Failure> {
        self.fate.step(self.models.generations()).await
    }

    async fn create(&self) -> Result<Generation, Failure> {
        self.fate.step(self.models.create()).await
    }

    async fn open(&self, generation: Generation) -> Result<Arc<dyn ReadModel>, Failure> {
        let models = self.fate.step(self.models.open(generation)).await?;
        Ok(Arc::new(Fated { models, fate: Arc::clone(&self.fate) }))
    }

    async fn promote(&self, generation: Generation) -> Result<(), Failure> {
        self.fate.step(self.models.promote(generation)).await
    }

    async fn remove(&self, generation: Generation) -> Result<(), Failure> {
        self.fate.step(self.models.remove(generation)).await
    }
}

#[async_trait]
impl ReadModel for Fated<dyn ReadModel> {
    async fn take_over(&self, owner: &str) -> Result<Checkpoint, Failure> {
        self.fate.step(self.models.take_over(owner)).await
    }

    async fn apply(&self, batch: Arc<[RecordedEvent]>, to: Position, epoch: Epoch) -> Result<(), ApplyError> {
        self.fate.batch(self.models.apply(batch, to, epoch)).await
    }

    async fn park(&self, events: &[ParkedEvent], to: Position, epoch: Epoch) -> Result<(), ApplyError> {
        self.fate.step(self.models.park(events, to, epoch)).await
    }

    async fn parked(&self) -> Result<Vec<ParkedEvent>, Failure> {
        self.fate.step(self.models.parked()).await
    }

    async fn unpark(&self, event: &RecordedEvent, epoch: Epoch) -> Result<(), ApplyError> {
        self.fate.step(self.models.unpark(event, epoch)).await
    }

    async fn checkpoint(&self) -> Result<Checkpoint, Failure> {
        self.fate.step(self.models.checkpoint()).await
    }

    async fn reader(&self) -> Result<Box<dyn ReadHandle>, Failure> {
        self.models.reader().await
    }
}
