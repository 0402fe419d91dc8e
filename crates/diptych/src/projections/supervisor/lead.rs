//! Leading and following: the runners run here while this node holds the lease, and elsewhere while another does.

use std::sync::{Arc, PoisonError, atomic::Ordering};

use diptych_core::{
    Failure, FailureKind, Position,
    model::{Generation, Reach},
};

use super::{Inner, Readable, Role, Supervisor, report::told};
use crate::projections::{
    policy::NewVersion,
    run::{How, Run},
    status::ProjectionState,
};

impl Supervisor {
    /// Opens the generations, makes the first, and starts the runners; goes on as the last leader told, so what was paused
    /// stays so.
    pub(crate) async fn lead(&self, report: Option<&str>) -> Result<(), Failure> {
        if matches!(*self.role.lock().await, Role::Leads(_)) {
            return Ok(());
        }
        let last = told(report);
        let paused = last.as_ref().is_some_and(|told| told.state == ProjectionState::Paused);
        if let Some(left) = last.as_ref().and_then(|told| told.rehearsal.as_ref()) {
            self.remove_left(left.generation).await?;
        }
        let mut inner = self.open(paused, last.and_then(|told| told.previous)).await?;
        // The lock is not held while the engine is asked, so that an operator is told meanwhile.
        let mut role = self.role.lock().await;
        if !paused {
            inner.start();
        }
        self.point_at(&inner.live);
        self.leads.store(inner.live.generation.0, Ordering::Release);
        *role = Role::Leads(Box::new(inner));
        Ok(())
    }

    /// What was filled only to be compared, by a leader that is no more.
    async fn remove_left(&self, generation: Generation) -> Result<(), Failure> {
        let there = self.how.models.generations().await?;
        if there.iter().any(|info| info.generation == generation && !info.live) {
            self.how.models.remove(generation).await?;
        }
        Ok(())
    }

    /// `gone_from` is the generation that an operator has gone back from.
    async fn open(&self, paused: bool, gone_from: Option<Generation>) -> Result<Inner, Failure> {
        let How { spec, models, .. } = &self.how;
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
        let newer = infos.iter().rfind(|info| {
            info.generation > live.generation
                && info.version == spec.version
                && Some(info.generation) != gone_from
        });
        let new_version = match newer {
            None if live.version != spec.version && self.how.around.new_version != NewVersion::Leave => {
                Some(models.create().await?)
            }
            Some(_) | None => None,
        };
        let candidate = newer.map(|info| info.generation).or(new_version);
        let older = infos.iter().rfind(|info| {
            let is_older = info.generation < live.generation || Some(info.generation) == gone_from;
            is_older && info.version == spec.version && info.generation != live.generation
        });
        Ok(Inner {
            live: Run::open(&self.how, live.generation, true).await?,
            candidate: match candidate {
                Some(generation) => Some(Run::open(&self.how, generation, false).await?),
                None => None,
            },
            previous: match older {
                Some(info) => Some(Run::open(&self.how, info.generation, false).await?),
                None => None,
            },
            rehearsal: None,
            paused,
        })
    }

    /// Runs again what was fenced off by a node that does not hold the lease, such as one that was stopped for long and went on.
    /// Where the engine has lost a generation, everything is opened again.
    pub(crate) async fn revive(&self) {
        let mut role = self.role.lock().await;
        let Role::Leads(inner) = &mut *role else { return };
        if inner.each().any(|run| run.was_lost()) {
            // It is led anew at the next beat, and then made anew.
            inner.stop().await;
            *role = Role::Follows(None);
            self.leads.store(0, Ordering::Release);
        } else if !inner.paused {
            inner.each().filter(|run| run.was_fenced()).for_each(Run::start);
        }
    }

    /// Stops the runners after their current batch: another node leads from now on, or this one ends.
    pub(crate) async fn stand_down(&self) {
        self.stop_opening().await;
        let mut role = self.role.lock().await;
        if let Role::Leads(inner) = &mut *role {
            inner.stop().await;
            *role = Role::Follows(None);
        }
        self.leads.store(0, Ordering::Release);
    }

    /// Knows what the leader, another node, tells; reads the generation that it holds for the live one.
    pub(crate) async fn follow(self: &Arc<Self>, report: Option<&str>) -> Result<(), Failure> {
        let told = told(report);
        if let Some(told) = &told
            && self.reads() == Some(told.generation)
        {
            self.how.around.watermarks.publish(self.name(), told.position);
        } else if self.reach() == Reach::Store {
            self.reopen().await?;
        } else {
            self.follow_when_it_can();
        }
        let mut role = self.role.lock().await;
        if let Role::Follows(last) = &mut *role {
            *last = told.map(Box::new).or(last.take());
        }
        Ok(())
    }

    /// Who holds the lease; where nobody does, who told of it last runs it no more.
    pub(crate) async fn is_held(&self, holder: Option<&str>) {
        let Role::Follows(told) = &mut *self.role.lock().await else { return };
        match holder {
            Some(label) => {
                let told = told.get_or_insert_with(|| Box::new(self.unknown_status()));
                label.clone_into(&mut told.owner);
            }
            None => {
                if let Some(told) = told {
                    told.owner.clear();
                    told.rate = 0.0;
                }
            }
        }
    }

    /// The leader has come so far with this generation. Answers false where queries here read another one.
    pub(crate) fn reached(&self, generation: Generation, position: Position) -> bool {
        let reads = self.reads() == Some(generation);
        if reads && self.leads().is_none() {
            self.how.around.watermarks.publish(self.name(), position);
        }
        reads
    }

    /// The live generation, while this node leads.
    pub(crate) fn leads(&self) -> Option<Generation> {
        Some(self.leads.load(Ordering::Acquire)).filter(|generation| *generation > 0).map(Generation)
    }

    /// The generation that queries read; none until there is one.
    pub(crate) fn reads(&self) -> Option<Generation> {
        let readable = self.readable.read().unwrap_or_else(PoisonError::into_inner);
        readable.as_ref().map(|readable| readable.generation)
    }

    /// The version of its rows.
    pub(crate) fn version(&self) -> u32 {
        self.how.spec.version
    }

    /// Finds the live generation as the engine has it.
    pub(super) async fn reopen(&self) -> Result<(), Failure> {
        let infos = self.how.models.generations().await?;
        let Some(live) = infos.iter().find(|info| info.live) else { return Ok(()) };
        let model = self.how.models.open(live.generation).await?;
        let readable = Readable { generation: live.generation, model };
        *self.readable.write().unwrap_or_else(PoisonError::into_inner) = Some(readable);
        self.how.around.watermarks.publish(self.name(), live.position);
        Ok(())
    }

    pub(super) fn point_at(&self, live: &Run) {
        let readable = Readable { generation: live.generation, model: Arc::clone(&live.runner.model) };
        *self.readable.write().unwrap_or_else(PoisonError::into_inner) = Some(readable);
        self.how.around.watermarks.publish(&self.how.spec.name, live.position());
    }
}
