//! One generation: a batch is one transaction, with the checkpoint in it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind, Position, ProjectionError, RecordedEvent, SqlProjection, Timestamp, Tx,
    model::{ApplyError, Checkpoint, Epoch, Generation, GenerationInfo, ParkedEvent, ReadHandle, ReadModel},
};
use rusqlite::{Connection, TransactionBehavior};
use tokio::runtime::Handle;

use super::{Engine, handle::SqliteHandle, parked};
use crate::{
    failure::{failure, kind_of_cause, lost, panic_text},
    guard::Guard,
    open_error::OpenError,
    pool::ReadPool,
    schema::MODEL,
    statement::OpenTransaction,
};

/// A generation's file, shared by all who opened it.
#[derive(Debug)]
pub(super) struct SqliteModel {
    name: String,
    generation: Generation,
    writer: Mutex<ModelWriter>,
    readers: ReadPool,
    /// Keeps the folder, or the temporary files.
    _engine: Arc<Engine>,
}

#[derive(Debug)]
struct ModelWriter {
    connection: Connection,
    guard: Guard,
}

/// A generation with the projection that fills it.
#[derive(Clone)]
pub(super) struct Projected {
    pub(super) model: Arc<SqliteModel>,
    pub(super) projection: Arc<dyn SqlProjection>,
}

impl SqliteModel {
    pub(super) fn open(engine: Arc<Engine>, name: &str, generation: Generation) -> Result<Self, Failure> {
        let file = engine.files.file(name, generation);
        let wrap = |error: OpenError| unopened(name, generation, error);
        if !file.exists() {
            let text = format!(
                "there is no generation {generation} of {name}; another one can be made from the log"
            );
            return Err(Failure::plain(FailureKind::Invalid, text));
        }
        let of_sqlite = |error| wrap(OpenError::sqlite(&file, error));
        let mut connection = MODEL.open(&file, engine.durability).map_err(wrap)?;
        let guard = Guard::on(&mut connection).map_err(of_sqlite)?;
        checkpoint(&connection).map_err(of_sqlite)?;
        let readers = ReadPool::of(&file, engine.readers);
        let writer = Mutex::new(ModelWriter { connection, guard });
        Ok(Self { name: name.to_owned(), generation, writer, readers, _engine: engine })
    }

    pub(super) fn info(&self, live: bool) -> Result<GenerationInfo, Failure> {
        let writer = self.writer();
        let row = writer.connection.query_row(include_str!("../../sql/model/generation.sql"), [], |row| {
            Ok(GenerationInfo {
                generation: self.generation,
                version: row.get(0)?,
                position: Position::from_i64(row.get(2)?),
                live,
                created_at: Timestamp::from_micros(row.get(1)?),
            })
        });
        row.map_err(|error| self.failure("reading", error))
    }

    /// Gives nobody a reader any more.
    pub(super) fn close(&self) {
        self.readers.close();
    }

    fn writer(&self) -> MutexGuard<'_, ModelWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failure(&self, doing: &str, error: rusqlite::Error) -> Failure {
        failure(&format!("{doing} generation {} of {}", self.generation, self.name), error)
    }

    /// In a transaction of its own: alone, the statement would be committed when it is reset, and nobody hears of an
    /// error there. The owner would go on with an epoch that the next owner is given once more.
    fn take_over(&self, owner: &str) -> Result<Checkpoint, Failure> {
        let mut writer = self.writer();
        let taken =
            writer.connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|open| {
                let sql = include_str!("../../sql/model/take_over.sql");
                let checkpoint = open.query_row(sql, [owner], to_checkpoint)?;
                open.commit().map(|()| checkpoint)
            });
        taken.map_err(|error| self.failure("taking over", error))
    }
}

/// Why a generation could not be opened. Only one that cannot be read is worth making anew.
fn unopened(name: &str, generation: Generation, error: OpenError) -> Failure {
    let kind = error.kind();
    let text = if kind == FailureKind::Unavailable {
        format!("opening generation {generation} of {name}")
    } else {
        format!(
            "generation {generation} of {name} is damaged; the log has all that it is made of: remove the file, and it is rebuilt"
        )
    };
    Failure::new(kind, text, error)
}

fn checkpoint(connection: &Connection) -> rusqlite::Result<Checkpoint> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/model/checkpoint.sql"))?;
    statement.query_row([], to_checkpoint)
}

fn to_checkpoint(row: &rusqlite::Row<'_>) -> rusqlite::Result<Checkpoint> {
    Ok(Checkpoint {
        position: Position::from_i64(row.get(0)?),
        epoch: Epoch(row.get::<_, i64>(1)?.unsigned_abs()),
    })
}

impl Projected {
    /// One transaction of the owner, on a thread for blocking work.
    fn change(
        &self,
        ours: Epoch,
        to: Position,
        change: impl FnOnce(&ModelWriter, Checkpoint) -> Result<(), ApplyError>,
    ) -> Result<(), ApplyError> {
        let writer = self.model.writer();
        let run = |sql| {
            let done = writer.connection.execute_batch(sql);
            done.map_err(|error| self.model.failure("writing", error))
        };
        run("BEGIN IMMEDIATE")?;
        let changed = self.moved(&writer, to, ours).and_then(|found| change(&writer, found));
        let done = changed.and_then(|()| run("COMMIT").map_err(ApplyError::from));
        if done.is_err() && !writer.connection.is_autocommit() {
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
    fn project_new(
        &self,
        writer: &ModelWriter,
        batch: &[RecordedEvent],
        found: Checkpoint,
    ) -> Result<(), ApplyError> {
        let done = batch.partition_point(|event| event.position() <= found.position);
        let new = batch.get(done..).unwrap_or_default();
        if new.is_empty() { Ok(()) } else { self.project(writer, new) }
    }

    /// Drives the projection's future to its end on this thread.
    fn project(&self, writer: &ModelWriter, new: &[RecordedEvent]) -> Result<(), ApplyError> {
        let _watching = writer.guard.watching();
        let applied = catch_unwind(AssertUnwindSafe(|| {
            let mut transaction = OpenTransaction::new(&writer.connection);
            Handle::current().block_on(self.projection.apply(new, &mut Tx::new(&mut transaction)))
        }));
        applied.unwrap_or_else(|panic| Err(self.panicked(new, &*panic))).map_err(|error| self.blame(error))
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
}

#[async_trait]
impl ReadModel for Projected {
    async fn take_over(&self, owner: &str) -> Result<Checkpoint, Failure> {
        let (model, owner) = (Arc::clone(&self.model), owner.to_owned());
        let taken = tokio::task::spawn_blocking(move || model.take_over(&owner)).await;
        taken.map_err(|error| lost("taking a read model over", error))?
    }

    async fn apply(&self, batch: Arc<[RecordedEvent]>, to: Position, epoch: Epoch) -> Result<(), ApplyError> {
        let own = self.clone();
        let apply = move || own.change(epoch, to, |writer, found| own.project_new(writer, &batch, found));
        let applied = tokio::task::spawn_blocking(apply).await;
        applied.map_err(|error| lost("writing a read model", error))?
    }

    async fn park(&self, events: &[ParkedEvent], to: Position, epoch: Epoch) -> Result<(), ApplyError> {
        let (own, events) = (self.clone(), events.to_vec());
        let park = move || own.change(epoch, to, |writer, _| Ok(parked::park(&writer.connection, &events)?));
        let parked = tokio::task::spawn_blocking(park).await;
        parked.map_err(|error| lost("parking events", error))?
    }

    async fn parked(&self) -> Result<Vec<ParkedEvent>, Failure> {
        let read = |reading: &mut crate::pool::Reading| parked::all(&reading.connection);
        self.model.readers.run("reading parked events", read).await
    }

    async fn unpark(&self, event: &RecordedEvent, epoch: Epoch) -> Result<(), ApplyError> {
        let (own, event) = (self.clone(), event.clone());
        let unpark = move || {
            own.change(epoch, Position::START, |writer, _| {
                if parked::forget(&writer.connection, event.position())? {
                    own.project(writer, std::slice::from_ref(&event))?;
                }
                Ok(())
            })
        };
        let taken = tokio::task::spawn_blocking(unpark).await;
        taken.map_err(|error| lost("taking a parked event", error))?
    }

    async fn checkpoint(&self) -> Result<Checkpoint, Failure> {
        let read = |reading: &mut crate::pool::Reading| checkpoint(&reading.connection);
        self.model.readers.run("reading a checkpoint", read).await
    }

    async fn reader(&self) -> Result<Box<dyn ReadHandle>, Failure> {
        let permit = self.model.readers.permit().await?;
        let wrap = |error| self.model.failure("reading", error);
        let mut lease = self.model.readers.lease(permit).map_err(wrap)?;
        // The first statement of the transaction fixes its moment. It reads one small page that is always at hand, which
        // is not worth another thread.
        let connection = &lease.reading().connection;
        connection.execute_batch("BEGIN").map_err(wrap)?;
        let Checkpoint { position, .. } = checkpoint(connection).map_err(wrap)?;
        Ok(Box::new(SqliteHandle::new(position, lease)))
    }
}

impl std::fmt::Debug for Projected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.model.fmt(f)
    }
}
