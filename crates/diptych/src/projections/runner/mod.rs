//! One runner: follows the log for one generation, batch by batch, until it is stopped, fenced off or fails for good.
//!
//! Invariants: the checkpoint moves with the rows; a batch that fails is halved down to the event at fault, so what is
//! good is never held up by more than that event's place in the order.

mod fill;
mod park;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use diptych_core::{
    Clock, EventStore, Failure, FailureKind, Filter, Position, RecordedEvent,
    model::{ApplyError, Checkpoint, Epoch, ReadModel},
};
use tokio_util::sync::CancellationToken;

use super::{
    policy::{ErrorPolicy, NewVersion, OnFailure},
    progress::{Order, Progress},
    status::LastError,
    work::Work,
};
use crate::{meters::Meters, subscription::Subscription, watermark::Watermarks};

/// After how many positions without a wanted event the checkpoint is saved all the same, so that a restart need not
/// consider them again.
const SAVE_EVERY: u64 = 5_000;

/// What a runner needs of its node.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) watermarks: Arc<Watermarks>,
    pub(crate) meters: Meters,
    pub(crate) owner: Arc<str>,
    /// What happens to one whose schema version went up.
    pub(crate) new_version: NewVersion,
}

/// Everything about one run of one generation.
#[derive(Clone)]
pub(crate) struct Runner {
    pub(crate) name: Arc<str>,
    pub(crate) filter: Filter,
    pub(crate) model: Arc<dyn ReadModel>,
    pub(crate) work: Work,
    pub(crate) policy: ErrorPolicy,
    pub(crate) progress: Arc<Progress>,
    /// Whether queries read this generation, so that its watermark is the projection's.
    pub(crate) live: Arc<AtomicBool>,
    pub(crate) around: Surroundings,
}

/// Why a stretch of following the log ended.
enum Ended {
    Stopped,
    Fenced,
    /// The generation is not there any more.
    Lost(Failure),
    Failed,
    Broken(Failure),
}

/// How a change that concerns no rows ends a stretch.
fn ended(error: ApplyError) -> Ended {
    match error {
        ApplyError::Fenced { .. } => Ended::Fenced,
        ApplyError::Failure(failure) => Ended::Broken(failure),
        ApplyError::Event(error) => {
            Ended::Broken(Failure::new(FailureKind::Internal, "saving a checkpoint without events", error))
        }
    }
}

impl Runner {
    /// Runs until stopped, fenced off or failed. A broken engine is tried again for as long as it takes.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut broken = 0;
        self.progress.failed(false);
        self.progress.fenced(false);
        self.progress.lost(false);
        loop {
            let ended = tokio::select! {
                () = stop.cancelled() => Ended::Stopped,
                ended = self.follow(&mut broken) => ended,
            };
            match ended {
                Ended::Stopped => return,
                Ended::Fenced => {
                    tracing::warn!(projection = %self.name, "another runner has taken over");
                    self.progress.fenced(true);
                    return;
                }
                Ended::Lost(failure) => {
                    self.tell(&failure, None, broken + 1);
                    self.progress.lost(true);
                    return;
                }
                Ended::Failed => {
                    self.progress.failed(true);
                    return;
                }
                Ended::Broken(failure) => {
                    broken += 1;
                    self.tell(&failure, None, broken);
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(self.policy.pause(broken)) => {}
                    }
                }
            }
        }
    }

    async fn follow(&self, broken: &mut u32) -> Ended {
        let Checkpoint { position, epoch } = match self.model.take_over(&self.around.owner).await {
            Ok(checkpoint) => checkpoint,
            Err(failure) if failure.kind() == FailureKind::Invalid => return Ended::Lost(failure),
            Err(failure) => return Ended::Broken(failure),
        };
        match self.model.parked().await {
            Ok(parked) => self.progress.knows_parked(parked),
            Err(failure) => return Ended::Broken(failure),
        }
        self.progress.stands_at(position);
        self.reached(position, 0, position);
        let mut saved = position;
        let mut feed = Subscription::new(Arc::clone(&self.around.store), self.filter.clone(), position);
        let mut behind = true;
        loop {
            if !behind && let Err(failure) = self.gathered(&mut feed).await {
                return Ended::Broken(failure);
            }
            let batch = match feed.next().await {
                Ok(batch) => batch,
                Err(failure) => return Ended::Broken(failure),
            };
            let idle = batch.watermark.get().saturating_sub(saved.get()) >= SAVE_EVERY;
            let events = batch.events.len();
            if events > 0 || idle {
                if let Err(ended) = self.take(batch.events, batch.watermark, epoch).await {
                    return ended;
                }
                saved = batch.watermark;
            }
            if std::mem::take(broken) > 0 {
                self.progress.recovered();
            }
            self.reached(batch.watermark, events, batch.head);
            behind = batch.watermark < batch.head;
        }
    }

    /// Lets news gather where the work allows it, until somebody waits for it.
    async fn gathered(&self, feed: &mut Subscription) -> Result<(), Failure> {
        if let Some(at_most) = self.work.gathers() {
            feed.news().await?;
            self.around.watermarks.wanted(&self.name, at_most).await;
        }
        Ok(())
    }

    fn reached(&self, watermark: Position, events: usize, head: Position) {
        self.progress.advanced(watermark, events);
        if self.live.load(Ordering::Acquire) {
            self.around.watermarks.publish(&self.name, watermark);
            self.around.meters.place(&self.name, watermark, head);
        }
    }

    /// Takes the events in pieces of the work's size; those whose stream is held up by a parked one wait behind it.
    async fn take(&self, mut events: Vec<RecordedEvent>, to: Position, epoch: Epoch) -> Result<(), Ended> {
        let held = self.progress.held();
        if !held.is_empty() {
            self.hold_back(&mut events, &held, epoch).await?;
        }
        let size = self.work.batch();
        let mut rest: Arc<[RecordedEvent]> = events.into();
        while rest.len() > size {
            let piece: Arc<[_]> = rest[..size].into();
            let end = piece.last().map_or(to, RecordedEvent::position);
            self.take_piece(piece, end, epoch).await?;
            rest = rest[size..].into();
        }
        self.take_piece(rest, to, epoch).await
    }

    /// Takes a piece whole, or, where that fails, its halves, down to the event at fault.
    async fn take_piece(&self, piece: Arc<[RecordedEvent]>, to: Position, epoch: Epoch) -> Result<(), Ended> {
        let mut pieces = vec![(piece, to)];
        while let Some((piece, to)) = pieces.pop() {
            let begun = Instant::now();
            match self.work.apply(&*self.model, Arc::clone(&piece), to, epoch).await {
                Ok(()) => self.around.meters.batch(&self.name, piece.len(), begun.elapsed()),
                Err(ApplyError::Fenced { .. }) => return Err(Ended::Fenced),
                Err(ApplyError::Failure(failure)) if failure.may_retry() || piece.is_empty() => {
                    return Err(Ended::Broken(failure));
                }
                Err(error) if piece.len() > 1 => {
                    tracing::debug!(projection = %self.name, %error, "a batch failed; looking for the event");
                    let (left, right) = piece.split_at(piece.len() / 2);
                    let middle = left.last().map_or(to, RecordedEvent::position);
                    pieces.push((right.into(), to));
                    pieces.push((left.into(), middle));
                }
                Err(error) => self.insist(piece, to, epoch, error).await?,
            }
        }
        Ok(())
    }

    /// Tries one event again and again; then does what the policy, or an operator, says.
    async fn insist(
        &self,
        event: Arc<[RecordedEvent]>,
        to: Position,
        epoch: Epoch,
        mut error: ApplyError,
    ) -> Result<(), Ended> {
        let position = event.first().map(RecordedEvent::position);
        for attempt in 1.. {
            match position.and_then(|position| self.progress.ordered(position)) {
                Some(Order::Skip) => return self.leave_out(to, epoch).await,
                Some(Order::Park(later)) => {
                    return self.put_aside(&event, later, (attempt, &error), to, epoch).await;
                }
                None => {}
            }
            self.tell(&error, position, attempt);
            if attempt >= self.policy.attempts {
                break;
            }
            tokio::time::sleep(self.policy.pause(attempt)).await;
            match self.work.apply(&*self.model, Arc::clone(&event), to, epoch).await {
                Ok(()) => return Ok(()),
                Err(ApplyError::Fenced { .. }) => return Err(Ended::Fenced),
                Err(ApplyError::Failure(failure)) if failure.may_retry() => {
                    return Err(Ended::Broken(failure));
                }
                Err(again) => error = again,
            }
        }
        match self.policy.on_failure {
            OnFailure::Stop => Err(Ended::Failed),
            OnFailure::Skip => self.leave_out(to, epoch).await,
            OnFailure::Park(later) => {
                self.put_aside(&event, later, (self.policy.attempts, &error), to, epoch).await
            }
        }
    }

    async fn leave_out(&self, to: Position, epoch: Epoch) -> Result<(), Ended> {
        tracing::warn!(projection = %self.name, position = to.get(), "an event was left out");
        self.progress.skipped_one();
        self.model.apply(Arc::from([]), to, epoch).await.map_err(ended)
    }

    fn tell(&self, error: &(dyn std::error::Error + 'static), position: Option<Position>, attempts: u32) {
        let last = LastError::new(error, position, attempts, self.around.clock.now());
        tracing::error!(projection = %self.name, attempts, error = last.message, "cannot go on");
        self.around.meters.projection_failed(&self.name);
        self.progress.erred(last);
    }
}
