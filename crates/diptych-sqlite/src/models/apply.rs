//! How a batch becomes rows: one transaction with the checkpoint, right here or on a thread for blocking work.
//!
//! A live projection is handed an event or a few at a time, and writes them in less time than it takes to wake another
//! thread. So a small batch is tried on the runtime's own thread (`brief`): its future is polled once, since it mostly awaits
//! nothing but its transaction, and its statements may take a few steps. What is not done then is rolled back, and done again,
//! wholly, on a thread for blocking work. What holds: rows and checkpoint move together, or not at all.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
};

use diptych_core::{
    Failure, FailureKind, Position, ProjectionError, RecordedEvent, Tx,
    model::{ApplyError, Checkpoint, Epoch},
};
use tokio::runtime::Handle;

use super::generation::{ModelWriter, Projected, checkpoint};
use crate::{
    brief::was_stopped_below,
    failure::{kind_of_cause, lost, panic_text},
    schema::CHECKPOINT_PAGES,
    statement::{OpenTransaction, run},
};

/// Events that are written where they are handed in, if they take few steps.
const FEW: usize = 16;

/// How the future of a projection is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drive {
    /// To its end, on a thread for blocking work.
    Through,
    /// Polled once, right here, with few steps.
    Once,
}

/// How far a change has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    Wholly,
    /// Not at all: it waits for something else, or takes more than a few steps.
    NotYet,
}

impl Projected {
    /// Tries a small batch right here.
    pub(super) fn apply_briefly(
        &self,
        batch: &[RecordedEvent],
        to: Position,
        ours: Epoch,
    ) -> Result<Applied, ApplyError> {
        let pace = self.model.readers.pace();
        if batch.len() > FEW || !pace.allows() {
            return Ok(Applied::NotYet);
        }
        let Ok(writer) = self.model.writer.try_lock() else { return Ok(Applied::NotYet) };
        let _few = writer.steps.few();
        let project = |writer: &ModelWriter, found| self.project_new(writer, batch, found, Drive::Once);
        match pace.watch(|| self.transact(&writer, ours, to, project)) {
            Err(error) if was_stopped_below(&error) => Ok(Applied::NotYet),
            done => done,
        }
    }

    /// One transaction of the owner, on a thread for blocking work.
    pub(super) fn change(
        &self,
        ours: Epoch,
        to: Position,
        change: impl FnOnce(&ModelWriter, Checkpoint) -> Result<Applied, ApplyError>,
    ) -> Result<(), ApplyError> {
        self.transact(&self.model.writer(), ours, to, change).map(drop)
    }

    fn transact(
        &self,
        writer: &ModelWriter,
        ours: Epoch,
        to: Position,
        change: impl FnOnce(&ModelWriter, Checkpoint) -> Result<Applied, ApplyError>,
    ) -> Result<Applied, ApplyError> {
        let run =
            |sql: &str| run(&writer.connection, sql).map_err(|error| self.model.failure("writing", error));
        run("BEGIN IMMEDIATE")?;
        let changed = self.moved(writer, to, ours).and_then(|found| change(writer, found));
        let done = match changed {
            Ok(Applied::Wholly) => run("COMMIT").map(|()| Applied::Wholly).map_err(ApplyError::from),
            Ok(Applied::NotYet) | Err(_) => changed,
        };
        if !matches!(done, Ok(Applied::Wholly)) && !writer.connection.is_autocommit() {
            run("ROLLBACK")?;
        }
        done
    }

    /// Moves the checkpoint, where the owner is still the owner; answers where it was.
    fn moved(&self, writer: &ModelWriter, to: Position, ours: Epoch) -> Result<Checkpoint, ApplyError> {
        let wrap = |error| self.model.failure("writing", error);
        let found = checkpoint(&writer.connection).map_err(wrap)?;
        let mut moving =
            writer.connection.prepare_cached(include_str!("../../sql/model/move.sql")).map_err(wrap)?;
        let epoch = i64::try_from(ours.0).unwrap_or(i64::MAX);
        if moving.execute((to.to_i64(), epoch)).map_err(wrap)? == 0 {
            return Err(ApplyError::Fenced { ours, found: found.epoch });
        }
        Ok(found)
    }

    /// The rows of those events that are past the checkpoint.
    pub(super) fn project_new(
        &self,
        writer: &ModelWriter,
        batch: &[RecordedEvent],
        found: Checkpoint,
        drive: Drive,
    ) -> Result<Applied, ApplyError> {
        let done = batch.partition_point(|event| event.position() <= found.position);
        let new = batch.get(done..).unwrap_or_default();
        if new.is_empty() { Ok(Applied::Wholly) } else { self.project(writer, new, drive) }
    }

    /// Drives the projection's future on this thread.
    pub(super) fn project(
        &self,
        writer: &ModelWriter,
        new: &[RecordedEvent],
        drive: Drive,
    ) -> Result<Applied, ApplyError> {
        let _watching = writer.guard.watching();
        let applied = catch_unwind(AssertUnwindSafe(|| {
            let mut transaction = OpenTransaction::new(&writer.connection);
            let applied = {
                let mut tx = Tx::new(&mut transaction);
                let applying = self.projection.apply(new, &mut tx);
                match drive {
                    Drive::Through => Poll::Ready(Handle::current().block_on(applying)),
                    Drive::Once => pin!(applying).poll(&mut Context::from_waker(Waker::noop())),
                }
            };
            let Poll::Ready(applied) = applied else { return Ok(Applied::NotYet) };
            applied?;
            let position = new.first().map_or(Position::START, RecordedEvent::position);
            let finished = transaction.finish();
            finished.map_err(|error| ProjectionError { position, source: error.into() })?;
            Ok(Applied::Wholly)
        }));
        let applied = applied.unwrap_or_else(|panic| Err(self.panicked(new, &*panic)));
        // A statement that was stopped took the transaction with it, and the projection may not have minded.
        if drive == Drive::Once && writer.connection.is_autocommit() {
            return Ok(Applied::NotYet);
        }
        applied.map_err(|error| self.blame(error))
    }

    /// Whose fault it is: a disk that fails is not the event's, which another attempt may take.
    fn blame(&self, error: ProjectionError) -> ApplyError {
        match kind_of_cause(&*error.source, FailureKind::Invalid) {
            kind @ FailureKind::Unavailable => {
                let text = format!("writing generation {} of {}", self.model.generation, self.model.name);
                Failure::new(kind, text, error).into()
            }
            FailureKind::OutcomeUnknown
            | FailureKind::Invalid
            | FailureKind::Unreadable
            | FailureKind::Internal => error.into(),
        }
    }

    fn panicked(&self, batch: &[RecordedEvent], panic: &(dyn std::any::Any + Send)) -> ProjectionError {
        let position = batch.first().map_or(Position::START, RecordedEvent::position);
        let source = format!("panicked in the batch that begins there: {}", panic_text(panic)).into();
        ProjectionError { position, source }
    }

    /// Moves the WAL into the file where it has grown long.
    ///
    /// # Errors
    /// [`Failure`] of SQLite; what was committed stays committed.
    pub(super) async fn move_wal(&self) -> Result<(), Failure> {
        if self.model.wal.load(Ordering::Relaxed) < CHECKPOINT_PAGES.unsigned_abs() {
            return Ok(());
        }
        let model = Arc::clone(&self.model);
        let moving = move || {
            let moved = model.writer().connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
            model.wal.store(0, Ordering::Relaxed);
            moved.map_err(|error| model.failure("moving the WAL of", error))
        };
        let moved = tokio::task::spawn_blocking(moving).await;
        moved.map_err(|error| lost("moving the WAL of a read model", error))?
    }
}
