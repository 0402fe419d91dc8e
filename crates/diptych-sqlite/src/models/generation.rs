//! One generation: a batch is one transaction, with the checkpoint in it.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind, Position, RecordedEvent, SqlProjection, Timestamp,
    model::{ApplyError, Checkpoint, Epoch, Generation, GenerationInfo, ParkedEvent, ReadHandle, ReadModel},
};
use rusqlite::{Connection, TransactionBehavior, hooks::Wal};

use super::{
    Engine,
    apply::{Applied, Drive},
    handle::SqliteHandle,
    parked,
};
use crate::{
    brief::Steps,
    failure::{failure, lost},
    guard::Guard,
    open_error::OpenError,
    pool::ReadPool,
    schema::MODEL,
    statement::run,
};

/// A generation's file, shared by all who opened it.
#[derive(Debug)]
pub(super) struct SqliteModel {
    pub(super) name: String,
    pub(super) generation: Generation,
    pub(super) writer: Mutex<ModelWriter>,
    /// Pages in the WAL after the last commit.
    pub(super) wal: Arc<AtomicU32>,
    pub(super) readers: ReadPool,
    /// Keeps the folder, or the temporary files.
    _engine: Arc<Engine>,
}

#[derive(Debug)]
pub(super) struct ModelWriter {
    pub(super) connection: Connection,
    pub(super) guard: Guard,
    pub(super) steps: Steps,
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
        let steps = Steps::on(&mut connection).map_err(of_sqlite)?;
        let wal = watch_wal(&mut connection).map_err(of_sqlite)?;
        checkpoint(&connection).map_err(of_sqlite)?;
        let readers = ReadPool::of(&file, engine.readers);
        let writer = Mutex::new(ModelWriter { connection, guard, steps });
        Ok(Self { name: name.to_owned(), generation, writer, wal, readers, _engine: engine })
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

    pub(super) fn writer(&self) -> MutexGuard<'_, ModelWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn failure(&self, doing: &str, error: rusqlite::Error) -> Failure {
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

/// Counts the pages of the WAL with each commit. They are moved into the file on a thread for blocking work, not by the commit
/// that happens to be the one too many, since that may run on a thread of the runtime.
fn watch_wal(connection: &mut Connection) -> rusqlite::Result<Arc<AtomicU32>> {
    let pages = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&pages);
    connection.wal_hook(Some(move |_: &mut Wal, pages: i32| {
        counted.store(pages.unsigned_abs(), Ordering::Relaxed);
        Ok(())
    }))?;
    Ok(pages)
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

/// The saved place and its owner's epoch.
pub(super) fn checkpoint(connection: &Connection) -> rusqlite::Result<Checkpoint> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/model/checkpoint.sql"))?;
    statement.query_row([], to_checkpoint)
}

fn to_checkpoint(row: &rusqlite::Row<'_>) -> rusqlite::Result<Checkpoint> {
    Ok(Checkpoint {
        position: Position::from_i64(row.get(0)?),
        epoch: Epoch(row.get::<_, i64>(1)?.unsigned_abs()),
    })
}

#[async_trait]
impl ReadModel for Projected {
    async fn take_over(&self, owner: &str) -> Result<Checkpoint, Failure> {
        let (model, owner) = (Arc::clone(&self.model), owner.to_owned());
        let taken = tokio::task::spawn_blocking(move || model.take_over(&owner)).await;
        taken.map_err(|error| lost("taking a read model over", error))?
    }

    async fn apply(&self, batch: Arc<[RecordedEvent]>, to: Position, epoch: Epoch) -> Result<(), ApplyError> {
        if self.apply_briefly(&batch, to, epoch)? == Applied::NotYet {
            let own = self.clone();
            let apply = move || {
                let drive = Drive::Through;
                own.change(epoch, to, |writer, found| own.project_new(writer, &batch, found, drive))
            };
            let applied = tokio::task::spawn_blocking(apply).await;
            applied.map_err(|error| lost("writing a read model", error))??;
        }
        // The batch is written, whatever becomes of this.
        if let Err(failure) = self.move_wal().await {
            tracing::warn!(error = failure.chain(), "the WAL of a read model stays as long as it is");
        }
        Ok(())
    }

    async fn park(&self, events: &[ParkedEvent], to: Position, epoch: Epoch) -> Result<(), ApplyError> {
        let (own, events) = (self.clone(), events.to_vec());
        let park = move || {
            own.change(epoch, to, |writer, _| {
                parked::park(&writer.connection, &events)?;
                Ok(Applied::Wholly)
            })
        };
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
                    return own.project(writer, std::slice::from_ref(&event), Drive::Through);
                }
                Ok(Applied::Wholly)
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
        run(connection, "BEGIN").map_err(wrap)?;
        let Checkpoint { position, .. } = checkpoint(connection).map_err(wrap)?;
        Ok(Box::new(SqliteHandle::new(position, lease)))
    }
}

impl std::fmt::Debug for Projected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.model.fmt(f)
    }
}
