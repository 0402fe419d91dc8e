//! One supervisor per projection or event handler: starts its runners while this node leads it, does what operators ask, and
//! knows what its leader tells while another node does.
//!
//! `lead.rs`: leading and following. `away.rs`: engines that are not there yet. `report.rs`: what others are told. `switch.rs`: promote and roll back. `verify.rs`: comparing generations.
//!
//! Invariant: runners run only between [`Supervisor::lead`] and [`Supervisor::stand_down`]. Queries are answered all the time.

mod away;
mod lead;
mod report;
mod switch;
mod verify;

use std::sync::{Arc, PoisonError, RwLock, atomic::AtomicU32};

use diptych_core::{
    Failure, FailureKind, Filter,
    model::{Generation, GenerationInfo, ParkedEvent, Reach, ReadHandle, ReadModel, ReadModels},
};
use tokio::sync::Mutex;

use self::switch::near;
use super::{
    operation::{OperateError, Operation},
    policy::{ErrorPolicy, NewVersion},
    progress::Order,
    run::{How, Run},
    runner::Surroundings,
    status::{ProjectionKind, ProjectionStatus},
    work::Work,
};

use away::Opening;

struct Inner {
    live: Run,
    candidate: Option<Run>,
    previous: Option<Run>,
    /// Filled only to be compared, by whoever asked for that.
    rehearsal: Option<Run>,
    paused: bool,
}

/// Who runs it.
enum Role {
    /// This node does.
    Leads(Box<Inner>),
    /// Another node, or nobody yet; here is what its leader last told.
    Follows(Option<Box<ProjectionStatus>>),
}

/// What queries read.
struct Readable {
    generation: Generation,
    model: Arc<dyn ReadModel>,
}

/// Runs and operates one projection or event handler.
pub(crate) struct Supervisor {
    pub(crate) kind: ProjectionKind,
    how: How,
    /// Apart from the lock, so that no query waits for an operator; none until there is a generation.
    readable: RwLock<Option<Readable>>,
    /// The live generation while this node leads; 0 while it does not.
    leads: AtomicU32,
    role: Mutex<Role>,
    opening: std::sync::Mutex<Opening>,
}

impl Supervisor {
    /// One that neither leads nor knows of anybody who does.
    pub(crate) fn new(
        kind: ProjectionKind,
        models: Arc<dyn ReadModels>,
        work: Work,
        policy: ErrorPolicy,
        around: Surroundings,
    ) -> Self {
        let how = How { spec: models.spec().clone(), models, work, policy, around };
        Self {
            kind,
            how,
            readable: RwLock::new(None),
            leads: AtomicU32::new(0),
            role: Mutex::new(Role::Follows(None)),
            opening: std::sync::Mutex::default(),
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.how.spec.name
    }

    /// The events it wants.
    pub(crate) fn filter(&self) -> &Filter {
        &self.how.spec.filter
    }

    /// The rows that queries read, all of one moment.
    pub(crate) async fn reader(&self) -> Result<Box<dyn ReadHandle>, Failure> {
        match self.readable()?.reader().await {
            // Its leader may have removed this generation a moment ago.
            Err(failure) if failure.kind() == FailureKind::Invalid && self.leads().is_none() => {
                self.reopen().await?;
                self.readable()?.reader().await
            }
            Err(failure) if failure.kind() == FailureKind::Invalid && self.reach() != Reach::Store => {
                self.has_lost_it().await;
                let text = format!("{} has gone from its engine, and is filled again", self.name());
                Err(Failure::new(FailureKind::Unavailable, text, failure))
            }
            read => read,
        }
    }

    /// What the generation that queries read has put aside.
    pub(crate) async fn parked(&self) -> Result<Vec<ParkedEvent>, Failure> {
        self.readable()?.parked().await
    }

    fn readable(&self) -> Result<Arc<dyn ReadModel>, Failure> {
        let readable = self.readable.read().unwrap_or_else(PoisonError::into_inner);
        let none = || {
            let text = format!("{} has no rows yet: the node that runs it has not begun", self.name());
            Failure::plain(FailureKind::Unavailable, text)
        };
        readable.as_ref().map(|readable| Arc::clone(&readable.model)).ok_or_else(none)
    }

    /// Does what an operator asks; answers once it has taken effect.
    ///
    /// # Errors
    /// [`OperateError`]; while another node leads too.
    pub(crate) async fn operate(&self, operation: Operation) -> Result<(), OperateError> {
        let mut role = self.role.lock().await;
        let Role::Leads(inner) = &mut *role else { return Err(self.led_elsewhere().into()) };
        let not_now = |reason: &str| self.not_now(&operation.to_string(), reason);
        match operation {
            Operation::Pause if inner.paused => return Err(not_now("it is paused")),
            Operation::Pause => inner.stop().await,
            Operation::Resume if !inner.paused => return Err(not_now("it is not paused")),
            Operation::Resume => inner.start(),
            Operation::Rebuild
                if inner.candidate.as_ref().is_some_and(|candidate| !candidate.has_failed()) =>
            {
                return Err(not_now("a new generation is being filled already"));
            }
            Operation::Rebuild => self.rebuild(inner).await?,
            Operation::Promote => {
                let Some(candidate) = &inner.candidate else {
                    return Err(not_now("there is no new generation"));
                };
                if !near(candidate, &inner.live) || !self.promote(inner).await? {
                    return Err(not_now("the new generation is still behind the live one"));
                }
            }
            Operation::Rollback if inner.previous.is_none() => {
                return Err(not_now("there is no previous generation"));
            }
            Operation::Rollback => {
                if !self.roll_back(inner).await? {
                    return Err(not_now("the previous generation is behind the live one"));
                }
            }
            Operation::Skip | Operation::Park(_) | Operation::Retry if inner.paused => {
                return Err(not_now("it is paused; resume it first"));
            }
            Operation::Retry if inner.live.has_parked() => self.retry_parked(inner).await?,
            Operation::Skip | Operation::Park(_) | Operation::Retry if !inner.live.has_failed() => {
                return Err(not_now("it has not failed"));
            }
            Operation::Skip if !inner.live.runner.progress.order(Order::Skip) => {
                return Err(not_now("it did not fail on an event"));
            }
            Operation::Park(later) if !inner.live.runner.progress.order(Order::Park(later)) => {
                return Err(not_now("it did not fail on an event"));
            }
            Operation::Skip | Operation::Park(_) | Operation::Retry => inner.live.restart().await,
        }
        match operation {
            Operation::Pause => inner.paused = true,
            Operation::Resume => inner.paused = false,
            Operation::Rebuild
            | Operation::Promote
            | Operation::Rollback
            | Operation::Skip
            | Operation::Park(_)
            | Operation::Retry => {}
        }
        Ok(())
    }

    /// Tries what is parked while the runner stands, then goes on.
    async fn retry_parked(&self, inner: &mut Inner) -> Result<(), Failure> {
        inner.live.stop().await;
        let tried = inner.live.runner.retry_parked().await;
        inner.live.restart().await;
        tried
    }

    /// One that has failed makes room.
    async fn rebuild(&self, inner: &mut Inner) -> Result<(), Failure> {
        if let Some(mut failed) = inner.candidate.take() {
            failed.stop().await;
            self.how.models.remove(failed.generation).await?;
        }
        let generation = self.how.models.create().await?;
        let mut run = Run::open(&self.how, generation, false).await?;
        if !inner.paused {
            run.start();
        }
        inner.candidate = Some(run);
        Ok(())
    }

    fn not_now(&self, operation: &str, reason: &str) -> OperateError {
        let name = self.how.spec.name.to_string();
        OperateError::NotNow { name, operation: operation.to_owned(), reason: reason.to_owned() }
    }

    fn led_elsewhere(&self) -> Failure {
        Failure::plain(FailureKind::Unavailable, format!("{} is run by another node", self.name()))
    }

    /// A generation of a new schema version goes live by itself once it is not behind; answers whether nothing is left
    /// to do.
    pub(crate) async fn settle_new_version(&self) -> Result<bool, Failure> {
        let mut role = self.role.lock().await;
        let Role::Leads(inner) = &mut *role else { return Ok(false) };
        if self.how.around.new_version != NewVersion::Promote {
            return Ok(true);
        }
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
        if caught_up { self.promote(inner).await } else { Ok(false) }
    }
}

impl Inner {
    fn each(&mut self) -> impl Iterator<Item = &mut Run> {
        std::iter::once(&mut self.live).chain(&mut self.candidate).chain(&mut self.previous)
    }

    fn start(&mut self) {
        self.each().for_each(Run::start);
    }

    async fn stop(&mut self) {
        for run in self.each() {
            run.stop().await;
        }
    }
}
