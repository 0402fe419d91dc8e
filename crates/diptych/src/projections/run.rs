//! One generation and the task that fills it.

use std::sync::{Arc, atomic::AtomicBool};

use diptych_core::{
    Failure, Position, ProjectionSpec,
    model::{Generation, ReadModels},
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{
    policy::ErrorPolicy,
    progress::Progress,
    runner::{Runner, Surroundings},
    status::CandidateStatus,
    work::Work,
};

/// How every generation of one projection is run.
pub(super) struct How {
    pub(super) spec: ProjectionSpec,
    pub(super) models: Arc<dyn ReadModels>,
    pub(super) work: Work,
    pub(super) policy: ErrorPolicy,
    pub(super) around: Surroundings,
}

/// One generation and the task that fills it.
pub(super) struct Run {
    pub(super) generation: Generation,
    pub(super) runner: Runner,
    task: Option<(CancellationToken, JoinHandle<()>)>,
}

impl Run {
    /// Opens a generation; its task is not started.
    pub(super) async fn open(how: &How, generation: Generation, live: bool) -> Result<Self, Failure> {
        let model = how.models.open(generation).await?;
        let position = model.checkpoint().await?.position;
        let parked = model.parked().await?;
        let runner = Runner {
            name: how.spec.name.as_ref().into(),
            filter: how.spec.filter.clone(),
            model,
            work: how.work.clone(),
            policy: how.policy.clone(),
            progress: Arc::new(Progress::of(position, parked)),
            live: Arc::new(AtomicBool::new(live)),
            around: how.around.clone(),
        };
        Ok(Self { generation, runner, task: None })
    }

    /// The same generation without a task, for telling how far it has come.
    pub(super) fn beside(run: &Self) -> Self {
        Self { generation: run.generation, runner: run.runner.clone(), task: None }
    }

    /// Whether a task fills it.
    pub(super) fn runs(&self) -> bool {
        self.task.as_ref().is_some_and(|(_, task)| !task.is_finished())
    }

    pub(super) fn start(&mut self) {
        let stop = CancellationToken::new();
        let task = tokio::spawn(self.runner.clone().run(stop.clone()));
        self.task = Some((stop, task));
    }

    pub(super) async fn stop(&mut self) {
        if let Some((stop, task)) = self.task.take() {
            stop.cancel();
            if let Err(error) = task.await {
                tracing::error!(projection = %self.runner.name, %error, "a runner ended badly");
            }
        }
    }

    /// Stops if it runs, and goes on as if it had not failed.
    pub(super) async fn restart(&mut self) {
        self.stop().await;
        self.runner.progress.failed(false);
        self.start();
    }

    /// Whether events are parked.
    pub(super) fn has_parked(&self) -> bool {
        !self.runner.progress.parked().is_empty()
    }

    pub(super) fn position(&self) -> Position {
        self.runner.progress.position()
    }

    /// A runner that ended by itself without saying why has panicked.
    pub(super) fn has_failed(&self) -> bool {
        let ended = self.task.as_ref().is_some_and(|(_, task)| task.is_finished());
        self.runner.progress.has_failed() || (ended && !self.was_fenced() && !self.was_lost())
    }

    /// The engine has no such generation any more.
    pub(super) fn was_lost(&self) -> bool {
        self.runner.progress.was_lost()
    }

    /// Another runner has taken this generation over.
    pub(super) fn was_fenced(&self) -> bool {
        self.runner.progress.was_fenced()
    }

    /// What an operator is told of it while it is being filled beside the live one.
    pub(super) fn as_candidate(&self, head: Position) -> CandidateStatus {
        let run = self;
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
            failed: run.has_failed(),
        }
    }
}
