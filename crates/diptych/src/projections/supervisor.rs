//! One supervisor per projection or event handler: starts its runners, and does what operators ask.

use std::sync::{Arc, PoisonError, RwLock, atomic::Ordering};

use diptych_core::{
    Failure, FailureKind, Position, Timestamp,
    model::{GenerationInfo, ReadHandle, ReadModel, ReadModels},
    store::ReadRequest,
};
use tokio::sync::Mutex;

use super::{
    operation::{OperateError, Operation},
    policy::ErrorPolicy,
    run::{How, Run},
    runner::Surroundings,
    status::{ProjectionKind, ProjectionState, ProjectionStatus},
    work::Work,
};

struct Inner {
    live: Run,
    candidate: Option<Run>,
    previous: Option<Run>,
    paused: bool,
}

/// Runs and operates one projection or event handler.
pub(crate) struct Supervisor {
    pub(crate) kind: ProjectionKind,
    how: How,
    /// What queries read; apart from the lock, so that no query waits for an operator.
    readable: RwLock<Arc<dyn ReadModel>>,
    inner: Mutex<Inner>,
}

impl Supervisor {
    /// Opens the generations, makes the first, and starts the runners.
    pub(crate) async fn start(
        kind: ProjectionKind,
        models: Arc<dyn ReadModels>,
        work: Work,
        policy: ErrorPolicy,
        around: Surroundings,
    ) -> Result<Self, Failure> {
        let how = How { spec: models.spec().clone(), models, work, policy, around };
        let (spec, models) = (&how.spec, &how.models);
        if models.generations().await?.is_empty() {
            models.create().await?;
        }
        let infos = models.generations().await?;
        let live = infos.iter().find(|info| info.live).or(infos.last()).ok_or_else(|| {
            Failure::plain(
                FailureKind::Internal,
                format!("{} has no generation after one was made", spec.name),
            )
        })?;
        let newer =
            infos.iter().rfind(|info| info.generation > live.generation && info.version == spec.version);
        let new_version = match newer {
            None if live.version != spec.version => Some(models.create().await?),
            Some(_) | None => None,
        };
        let candidate = newer.map(|info| info.generation).or(new_version);
        let older =
            infos.iter().rfind(|info| info.generation < live.generation && info.version == spec.version);
        let inner = Inner {
            live: Run::open(&how, live.generation, true).await?,
            candidate: match candidate {
                Some(generation) => Some(Run::open(&how, generation, false).await?),
                None => None,
            },
            previous: match older {
                Some(info) => Some(Run::open(&how, info.generation, false).await?),
                None => None,
            },
            paused: false,
        };
        let readable = RwLock::new(Arc::clone(&inner.live.runner.model));
        let supervisor = Self { kind, how, readable, inner: Mutex::new(inner) };
        supervisor.each(|run| run.start()).await;
        Ok(supervisor)
    }

    async fn each(&self, act: impl Fn(&mut Run)) {
        let mut inner = self.inner.lock().await;
        let Inner { live, candidate, previous, .. } = &mut *inner;
        std::iter::once(live).chain(candidate).chain(previous).for_each(act);
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.how.spec.name
    }

    /// The rows that queries read, all of one moment.
    pub(crate) async fn reader(&self) -> Result<Box<dyn ReadHandle>, Failure> {
        let model = Arc::clone(&self.readable.read().unwrap_or_else(PoisonError::into_inner));
        model.reader().await
    }

    /// Stops every runner after its current batch.
    pub(crate) async fn shut_down(&self) {
        self.inner.lock().await.stop().await;
    }

    /// Does what an operator asks; answers once it has taken effect.
    pub(crate) async fn operate(&self, operation: Operation) -> Result<(), OperateError> {
        let mut inner = self.inner.lock().await;
        let not_now = |reason: &str| OperateError::NotNow {
            name: self.how.spec.name.to_string(),
            operation,
            reason: reason.to_owned(),
        };
        match operation {
            Operation::Pause if inner.paused => return Err(not_now("it is paused")),
            Operation::Pause => inner.stop().await,
            Operation::Resume if !inner.paused => return Err(not_now("it is not paused")),
            Operation::Resume => inner.start(),
            Operation::Rebuild if inner.candidate.is_some() => {
                return Err(not_now("a new generation is being filled already"));
            }
            Operation::Rebuild => self.rebuild(&mut inner).await?,
            Operation::Promote => {
                let Some(candidate) = &inner.candidate else {
                    return Err(not_now("there is no new generation"));
                };
                if candidate.position() < inner.live.position() {
                    return Err(not_now("the new generation is still behind the live one"));
                }
                self.promote(&mut inner).await?;
            }
            Operation::Rollback if inner.previous.is_none() => {
                return Err(not_now("there is no previous generation"));
            }
            Operation::Rollback => self.roll_back(&mut inner).await?,
            Operation::Skip | Operation::Retry if !inner.live.has_failed() => {
                return Err(not_now("it has not failed"));
            }
            Operation::Skip if !inner.live.runner.progress.skip_failed() => {
                return Err(not_now("it did not fail on an event"));
            }
            Operation::Skip | Operation::Retry => {
                inner.live.stop().await;
                inner.live.runner.progress.failed(false);
                inner.live.start();
            }
        }
        match operation {
            Operation::Pause => inner.paused = true,
            Operation::Resume => inner.paused = false,
            Operation::Rebuild
            | Operation::Promote
            | Operation::Rollback
            | Operation::Skip
            | Operation::Retry => {}
        }
        Ok(())
    }

    async fn rebuild(&self, inner: &mut Inner) -> Result<(), Failure> {
        let generation = self.how.models.create().await?;
        let mut run = Run::open(&self.how, generation, false).await?;
        if !inner.paused {
            run.start();
        }
        inner.candidate = Some(run);
        Ok(())
    }

    async fn promote(&self, inner: &mut Inner) -> Result<(), Failure> {
        let Some(candidate) = inner.candidate.take() else { return Ok(()) };
        if let Err(failure) = self.how.models.promote(candidate.generation).await {
            inner.candidate = Some(candidate);
            return Err(failure);
        }
        let before = std::mem::replace(&mut inner.live, candidate);
        self.point_at(&inner.live, &before);
        if let Some(mut oldest) = inner.previous.replace(before) {
            oldest.stop().await;
            self.how.models.remove(oldest.generation).await?;
        }
        Ok(())
    }

    async fn roll_back(&self, inner: &mut Inner) -> Result<(), Failure> {
        let Some(previous) = inner.previous.take() else { return Ok(()) };
        if let Err(failure) = self.how.models.promote(previous.generation).await {
            inner.previous = Some(previous);
            return Err(failure);
        }
        let before = std::mem::replace(&mut inner.live, previous);
        self.point_at(&inner.live, &before);
        inner.previous = Some(before);
        Ok(())
    }

    fn point_at(&self, live: &Run, before: &Run) {
        before.runner.live.store(false, Ordering::Release);
        live.runner.live.store(true, Ordering::Release);
        *self.readable.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&live.runner.model);
        self.how.around.watermarks.publish(&self.how.spec.name, live.position());
    }

    /// A generation of a new schema version goes live by itself once it is not behind; answers whether nothing is left
    /// to do.
    pub(crate) async fn settle_new_version(&self) -> Result<bool, Failure> {
        let mut inner = self.inner.lock().await;
        let Some(candidate) = &inner.candidate else { return Ok(true) };
        let infos = self.how.models.generations().await?;
        let version = |run: &Run| {
            infos
                .iter()
                .find(|info: &&GenerationInfo| info.generation == run.generation)
                .map(|info| info.version)
        };
        if version(&inner.live) == version(candidate) {
            return Ok(true);
        }
        let caught_up = candidate.position() >= inner.live.position();
        if caught_up {
            self.promote(&mut inner).await?;
        }
        Ok(caught_up)
    }

    /// What an operator is told. `head` was taken before.
    pub(crate) async fn status(&self, head: Position, now: Timestamp) -> Result<ProjectionStatus, Failure> {
        let inner = self.inner.lock().await;
        let position = inner.live.position();
        let progress = &inner.live.runner.progress;
        let candidate = inner.candidate.as_ref().map(|run| run.as_candidate(head));
        let (live, previous) = (inner.live.generation, inner.previous.as_ref().map(|run| run.generation));
        let state = if inner.paused {
            ProjectionState::Paused
        } else if inner.live.has_failed() {
            ProjectionState::Failed
        } else if candidate.is_some() {
            ProjectionState::Rebuilding
        } else if position < head {
            ProjectionState::CatchingUp
        } else {
            ProjectionState::Live
        };
        let (rate, last_error, skipped) = (progress.rate(), progress.error(), progress.skipped());
        drop(inner);
        Ok(ProjectionStatus {
            name: self.how.spec.name.to_string(),
            kind: self.kind,
            schema_version: self.how.spec.version,
            generation: live,
            state,
            position,
            head: head.max(position),
            lag_events: head.get().saturating_sub(position.get()),
            lag_seconds: self.lag_seconds(position, head, now).await?,
            rate,
            last_error,
            skipped,
            dead_letters: 0,
            owner: self.how.around.owner.to_string(),
            candidate,
            previous,
        })
    }

    async fn lag_seconds(&self, position: Position, head: Position, now: Timestamp) -> Result<f64, Failure> {
        if position >= head {
            return Ok(0.0);
        }
        let next = ReadRequest::after(diptych_core::Filter::All, position).limit(1);
        let page = self.how.around.store.read(next).await?;
        Ok(page.events.first().map_or(0.0, |event| now.since(event.metadata.recorded_at).as_secs_f64()))
    }
}

impl Inner {
    fn start(&mut self) {
        for run in std::iter::once(&mut self.live).chain(&mut self.candidate).chain(&mut self.previous) {
            run.start();
        }
    }

    async fn stop(&mut self) {
        for run in std::iter::once(&mut self.live).chain(&mut self.candidate).chain(&mut self.previous) {
            run.stop().await;
        }
    }
}
