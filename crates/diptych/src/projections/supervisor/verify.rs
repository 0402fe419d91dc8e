//! Holding generations against each other: the one that queries read and the one beside it, or one that is filled only for that.
//!
//! Runners stand only while both come to one position and are opened for reading, which is as far as one may be behind;
//! rows are compared while they run again.

use std::time::Duration;

use diptych_core::{
    Failure, Position,
    model::{Generation, ReadHandle},
};
use tokio_util::sync::CancellationToken;

use super::{Inner, Role, Run, Supervisor};
use crate::projections::{
    compare::{Comparison, compare},
    operation::OperateError,
};

/// How many positions one may be behind the other when both are stopped to be brought to one place.
const NEAR: u64 = 10_000;
/// How many positions a generation that is filled for comparing takes before it is asked whether it is still wanted.
const STRETCH: u64 = 5_000;

/// Two generations, opened at one position.
struct Aligned {
    position: Position,
    live: (Generation, Box<dyn ReadHandle>),
    other: (Generation, Box<dyn ReadHandle>),
}

/// A generation that is filled only to be compared. Whoever has it removes it by [`Supervisor::rehearse`].
pub(crate) struct Rehearsal(Run);

impl Supervisor {
    /// Compares what queries read with the generation beside it: the one that is being filled, or else the previous one. Tells at
    /// most so many rows that differ.
    ///
    /// # Errors
    /// [`OperateError`] where there is no other, or one of them cannot come to where the other stands.
    pub(crate) async fn verify(&self, most: usize) -> Result<Comparison, OperateError> {
        let aligned = {
            let mut role = self.role.lock().await;
            let Role::Leads(inner) = &mut *role else { return Err(self.led_elsewhere().into()) };
            let Inner { live, candidate, previous, paused, .. } = &mut **inner;
            let Some(other) = candidate.as_mut().or(previous.as_mut()) else {
                return Err(self.not_now("verify", "there is no other generation; rebuild makes one"));
            };
            self.align(live, other, *paused).await?
        };
        self.compared(aligned, most).await
    }

    /// Says what a rebuild would change: fills a generation that nobody reads up to where the live one stands, compares them, and
    /// removes it, also when it is called off.
    ///
    /// # Errors
    /// [`OperateError`] where it cannot be filled or compared, or was cancelled.
    pub(crate) async fn rehearse(
        &self,
        Rehearsal(mut run): Rehearsal,
        most: usize,
        cancelled: CancellationToken,
    ) -> Result<Comparison, OperateError> {
        let done = tokio::select! {
            done = self.rehearsed(&mut run, most) => done,
            () = cancelled.cancelled() => Err(self.not_now("rehearse", "it was called off")),
        };
        let generation = run.generation;
        drop(run);
        if let Role::Leads(inner) = &mut *self.role.lock().await {
            inner.rehearsal = None;
        }
        self.how.models.remove(generation).await?;
        done
    }

    /// Makes the generation that is filled only to be compared.
    ///
    /// # Errors
    /// [`OperateError`] where there is one already, or none can be made.
    pub(crate) async fn begin_rehearsal(&self) -> Result<Rehearsal, OperateError> {
        let mut role = self.role.lock().await;
        let Role::Leads(inner) = &mut *role else { return Err(self.led_elsewhere().into()) };
        if inner.rehearsal.is_some() {
            return Err(self.not_now("rehearse", "a generation is being filled for comparing already"));
        }
        let generation = self.how.models.create().await?;
        let run = Run::open(&self.how, generation, false).await?;
        inner.rehearsal = Some(Run::beside(&run));
        Ok(Rehearsal(run))
    }

    async fn rehearsed(&self, run: &mut Run, most: usize) -> Result<Comparison, OperateError> {
        loop {
            let live = self.live_position().await?;
            let behind = live.get().saturating_sub(run.position().get());
            if behind <= NEAR {
                break;
            }
            let to = run.position().get().saturating_add(behind.min(STRETCH));
            run.runner.fill_to(Position::new(to)).await?;
        }
        let aligned = {
            let mut role = self.role.lock().await;
            let Role::Leads(inner) = &mut *role else { return Err(self.led_elsewhere().into()) };
            let paused = inner.paused;
            self.align(&mut inner.live, run, paused).await?
        };
        self.compared(aligned, most).await
    }

    async fn live_position(&self) -> Result<Position, OperateError> {
        match &*self.role.lock().await {
            Role::Leads(inner) => Ok(inner.live.position()),
            Role::Follows(_) => Err(self.led_elsewhere().into()),
        }
    }

    /// Brings both to one position and opens them; those that ran run again, whatever came of it.
    async fn align(&self, live: &mut Run, other: &mut Run, paused: bool) -> Result<Aligned, OperateError> {
        let (ours, theirs) = (live.runs(), other.runs());
        live.stop().await;
        other.stop().await;
        let aligned = self.aligned(live, other, paused).await;
        if ours {
            live.start();
        }
        if theirs {
            other.start();
        }
        aligned
    }

    async fn aligned(&self, live: &Run, other: &Run, paused: bool) -> Result<Aligned, OperateError> {
        let position = live.position().max(other.position());
        let behind = if live.position() < position { live } else { other };
        let left = position.get().saturating_sub(behind.position().get());
        if left > NEAR {
            let reason = format!("generation {} is still {left} events behind", behind.generation);
            return Err(self.not_now("verify", &reason));
        }
        if left > 0 && paused && behind.generation == live.generation {
            let reason = format!("it is paused {left} events behind generation {}", other.generation);
            return Err(self.not_now("verify", &reason));
        }
        let filling = tokio::time::timeout(Duration::from_secs(30), behind.runner.fill_to(position));
        let late = |_| self.not_now("verify", "the generations do not come to one position");
        filling.await.map_err(late)?.map_err(OperateError::Failure)?;
        Ok(Aligned { position, live: opened(live).await?, other: opened(other).await? })
    }

    async fn compared(&self, aligned: Aligned, most: usize) -> Result<Comparison, OperateError> {
        let Aligned { position, live, other } = aligned;
        if live.1.scan().is_none() {
            return Err(self.not_now("verify", "its engine has no way to list its rows"));
        }
        let (live, other) = ((live.0, &*live.1), (other.0, &*other.1));
        Ok(compare(self.name(), position, live, other, most).await?)
    }
}

async fn opened(run: &Run) -> Result<(Generation, Box<dyn ReadHandle>), Failure> {
    Ok((run.generation, run.runner.model.reader().await?))
}
