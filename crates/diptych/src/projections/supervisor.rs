//! One supervisor per projection or event handler: starts its runners, and does what operators ask.

use std::{
    fmt,
    str::FromStr,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use diptych_core::{
    Failure, FailureKind, Position, ProjectionSpec, Timestamp,
    model::{Generation, GenerationInfo, ReadHandle, ReadModel, ReadModels},
    store::ReadRequest,
};
use tokio::{sync::Mutex, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{
    policy::ErrorPolicy,
    progress::Progress,
    runner::{Runner, Surroundings},
    status::{CandidateStatus, ProjectionKind, ProjectionState, ProjectionStatus},
    work::Work,
};

/// What an operator may ask of a projection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Stop after the current batch.
    Pause,
    /// Go on from the checkpoint.
    Resume,
    /// Fill a new generation from position 0 beside the live one.
    Rebuild,
    /// Make the new generation the one that queries read.
    Promote,
    /// Make the previous generation the one that queries read.
    Rollback,
    /// Leave out the event it failed on and go on.
    Skip,
    /// Try the event it failed on again.
    Retry,
}

impl FromStr for Operation {
    type Err = ();
    fn from_str(name: &str) -> Result<Self, ()> {
        Ok(match name {
            "pause" => Self::Pause,
            "resume" => Self::Resume,
            "rebuild" => Self::Rebuild,
            "promote" => Self::Promote,
            "rollback" => Self::Rollback,
            "skip" => Self::Skip,
            "retry" => Self::Retry,
            _ => return Err(()),
        })
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Rebuild => "rebuild",
            Self::Promote => "promote",
            Self::Rollback => "rollback",
            Self::Skip => "skip",
            Self::Retry => "retry",
        })
    }
}

/// An operation that was not done.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    /// There is no such projection.
    #[error("no projection is named {name:?}; there are: {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are, joined by commas.
        known: String,
    },
    /// Its state does not allow it.
    #[error("{name} cannot {operation}: {reason}")]
    NotNow {
        /// The projection.
        name: String,
        /// What was asked.
        operation: Operation,
        /// Why not.
        reason: String,
    },
    /// The engine broke.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// One generation and the task that fills it.
struct Run {
    generation: Generation,
    runner: Runner,
    task: Option<(CancellationToken, JoinHandle<()>)>,
}

impl Run {
    fn start(&mut self) {
        let stop = CancellationToken::new();
        let task = tokio::spawn(self.runner.clone().run(stop.clone()));
        self.task = Some((stop, task));
    }

    async fn stop(&mut self) {
        if let Some((stop, task)) = self.task.take() {
            stop.cancel();
            if let Err(error) = task.await {
                tracing::error!(projection = %self.runner.name, %error, "a runner ended badly");
            }
        }
    }

    fn position(&self) -> Position {
        self.runner.progress.position()
    }

    /// A runner that ended by itself without saying why has panicked, or was fenced off.
    fn has_failed(&self) -> bool {
        self.runner.progress.has_failed() || self.task.as_ref().is_some_and(|(_, task)| task.is_finished())
    }
}

struct Inner {
    live: Run,
    candidate: Option<Run>,
    previous: Option<Run>,
    paused: bool,
}

/// Runs and operates one projection or event handler.
pub(crate) struct Supervisor {
    pub(crate) kind: ProjectionKind,
    pub(crate) spec: ProjectionSpec,
    models: Arc<dyn ReadModels>,
    work: Work,
    policy: ErrorPolicy,
    around: Surroundings,
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
        let spec = models.spec().clone();
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
        let make = |generation, live| Self::run(&spec, &*models, &work, &policy, &around, generation, live);
        let inner = Inner {
            live: make(live.generation, true).await?,
            candidate: match candidate {
                Some(generation) => Some(make(generation, false).await?),
                None => None,
            },
            previous: match older {
                Some(info) => Some(make(info.generation, false).await?),
                None => None,
            },
            paused: false,
        };
        let readable = RwLock::new(Arc::clone(&inner.live.runner.model));
        let supervisor =
            Self { kind, spec, models, work, policy, around, readable, inner: Mutex::new(inner) };
        supervisor.each(|run| run.start()).await;
        Ok(supervisor)
    }

    async fn run(
        spec: &ProjectionSpec,
        models: &dyn ReadModels,
        work: &Work,
        policy: &ErrorPolicy,
        around: &Surroundings,
        generation: Generation,
        live: bool,
    ) -> Result<Run, Failure> {
        let model = models.open(generation).await?;
        let position = model.checkpoint().await?.position;
        let runner = Runner {
            name: spec.name.as_ref().into(),
            filter: spec.filter.clone(),
            model,
            work: work.clone(),
            policy: policy.clone(),
            progress: Arc::new(Progress::default().at(position)),
            live: Arc::new(AtomicBool::new(live)),
            around: around.clone(),
        };
        Ok(Run { generation, runner, task: None })
    }

    async fn each(&self, act: impl Fn(&mut Run)) {
        let mut inner = self.inner.lock().await;
        let Inner { live, candidate, previous, .. } = &mut *inner;
        std::iter::once(live).chain(candidate).chain(previous).for_each(act);
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
            name: self.spec.name.to_string(),
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
        let generation = self.models.create().await?;
        let mut run =
            Self::run(&self.spec, &*self.models, &self.work, &self.policy, &self.around, generation, false)
                .await?;
        if !inner.paused {
            run.start();
        }
        inner.candidate = Some(run);
        Ok(())
    }

    async fn promote(&self, inner: &mut Inner) -> Result<(), Failure> {
        let Some(candidate) = inner.candidate.take() else { return Ok(()) };
        if let Err(failure) = self.models.promote(candidate.generation).await {
            inner.candidate = Some(candidate);
            return Err(failure);
        }
        let before = std::mem::replace(&mut inner.live, candidate);
        self.point_at(&inner.live, &before);
        if let Some(mut oldest) = inner.previous.replace(before) {
            oldest.stop().await;
            self.models.remove(oldest.generation).await?;
        }
        Ok(())
    }

    async fn roll_back(&self, inner: &mut Inner) -> Result<(), Failure> {
        let Some(previous) = inner.previous.take() else { return Ok(()) };
        if let Err(failure) = self.models.promote(previous.generation).await {
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
        self.around.watermarks.publish(&self.spec.name, live.position());
    }

    /// A generation of a new schema version goes live by itself once it is not behind; answers whether nothing is left
    /// to do.
    pub(crate) async fn settle_new_version(&self) -> Result<bool, Failure> {
        let mut inner = self.inner.lock().await;
        let Some(candidate) = &inner.candidate else { return Ok(true) };
        let infos = self.models.generations().await?;
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
        let candidate = inner.candidate.as_ref().map(|run| candidate_status(run, head));
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
            name: self.spec.name.to_string(),
            kind: self.kind,
            schema_version: self.spec.version,
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
            owner: self.around.owner.to_string(),
            candidate,
            previous,
        })
    }

    async fn lag_seconds(&self, position: Position, head: Position, now: Timestamp) -> Result<f64, Failure> {
        if position >= head {
            return Ok(0.0);
        }
        let next = ReadRequest::after(diptych_core::Filter::All, position).limit(1);
        let page = self.around.store.read(next).await?;
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

fn candidate_status(run: &Run, head: Position) -> CandidateStatus {
    let position = run.position();
    let lag = head.get().saturating_sub(position.get());
    let rate = run.runner.progress.rate();
    let behind = f64::from(u32::try_from(lag).unwrap_or(u32::MAX));
    CandidateStatus {
        generation: run.generation,
        position,
        lag,
        rate,
        seconds_left: (rate > 0.0).then(|| behind / rate),
        last_error: run.runner.progress.error(),
    }
}
