//! Switching what queries read from one generation to another: promote and roll back.
//!
//! Invariant: no reader goes back in time by it. The live generation is held still for a moment, what it had in hand is let
//! finish, and the other one must have come as far before the switch is made.

use std::{sync::atomic::Ordering, time::Duration};

use diptych_core::{Failure, Position};

use super::{Inner, Supervisor};
use crate::projections::run::Run;

/// How far behind the live one another generation may be to be waited for.
const NEAR: u64 = 10_000;
/// How long the live generation is held still at most.
const HELD: Duration = Duration::from_secs(2);
/// How often it is looked whether the other one is there.
const LOOK: Duration = Duration::from_millis(1);

/// Whether it is worth waiting for a generation.
pub(super) fn near(other: &Run, live: &Run) -> bool {
    live.position().get().saturating_sub(other.position().get()) <= NEAR
}

impl Supervisor {
    /// Makes the candidate the live one; false where it does not come as far in time, and nothing has changed then.
    pub(super) async fn promote(&self, inner: &mut Inner) -> Result<bool, Failure> {
        let held = Held::still(&mut inner.live).await?;
        let Some(candidate) = inner.candidate.take() else { return Ok(held.in_vain(&mut inner.live)) };
        let promoted = if held.met_by(&candidate).await {
            self.how.models.promote(candidate.generation).await.map(|()| true)
        } else {
            Ok(false)
        };
        if !matches!(promoted, Ok(true)) {
            inner.candidate = Some(candidate);
            held.let_go(&mut inner.live);
            return promoted;
        }
        let mut before = std::mem::replace(&mut inner.live, candidate);
        self.switch(&inner.live, &before);
        held.let_go(&mut before);
        if let Some(mut oldest) = inner.previous.replace(before) {
            oldest.stop().await;
            self.how.models.remove(oldest.generation).await?;
        }
        Ok(true)
    }

    /// Makes the previous generation the live one; false where it does not come as far in time, and nothing has changed then.
    pub(super) async fn roll_back(&self, inner: &mut Inner) -> Result<bool, Failure> {
        let held = Held::still(&mut inner.live).await?;
        let Some(previous) = inner.previous.take() else { return Ok(held.in_vain(&mut inner.live)) };
        let promoted = if near(&previous, &inner.live) && held.met_by(&previous).await {
            self.how.models.promote(previous.generation).await.map(|()| true)
        } else {
            Ok(false)
        };
        if !matches!(promoted, Ok(true)) {
            inner.previous = Some(previous);
            held.let_go(&mut inner.live);
            return promoted;
        }
        let mut before = std::mem::replace(&mut inner.live, previous);
        self.switch(&inner.live, &before);
        held.let_go(&mut before);
        inner.previous = Some(before);
        Ok(true)
    }

    fn switch(&self, live: &Run, before: &Run) {
        before.runner.live.store(false, Ordering::Release);
        live.runner.live.store(true, Ordering::Release);
        self.leads.store(live.generation.0, Ordering::Release);
        self.point_at(live);
    }
}

/// A generation that is held still.
struct Held {
    /// Up to where its rows have come, whatever its runner last told.
    at: Position,
    ran: bool,
}

impl Held {
    /// Stops a generation. What it had in hand is committed or fenced off by the time this answers.
    async fn still(run: &mut Run) -> Result<Self, Failure> {
        let ran = run.runs();
        run.stop().await;
        if !ran {
            return Ok(Self { at: run.position(), ran });
        }
        match run.runner.model.take_over(&run.runner.around.owner).await {
            Ok(checkpoint) => Ok(Self { at: checkpoint.position.max(run.position()), ran }),
            Err(failure) => {
                run.start();
                Err(failure)
            }
        }
    }

    /// Waits until another generation has come as far.
    async fn met_by(&self, other: &Run) -> bool {
        let coming = async {
            while other.position() < self.at {
                tokio::time::sleep(LOOK).await;
            }
        };
        other.position() >= self.at || (other.runs() && tokio::time::timeout(HELD, coming).await.is_ok())
    }

    /// Goes on; there is nothing to switch to.
    fn in_vain(&self, run: &mut Run) -> bool {
        self.let_go(run);
        false
    }

    /// Goes on, if it ran before.
    fn let_go(&self, run: &mut Run) {
        if self.ran {
            run.start();
        }
    }
}
