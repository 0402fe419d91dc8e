//! One generation: a batch is one transaction, with the checkpoint in it.

use std::{panic::AssertUnwindSafe, sync::Arc};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind, Position, ProjectionError, RecordedEvent, SqlProjection, Tx,
    model::{ApplyError, Checkpoint, Epoch, Generation, ParkedEvent, ReadHandle, ReadModel},
    peers::LEASE,
};
use futures::FutureExt;
use tokio_postgres::{Client, Row, types::Type};

use super::{Engine, handle::PostgresHandle};
use crate::{
    failure::{failure, kind_of_cause, panic_text},
    pipeline::Repeated,
    pool::{Open, Param},
    reader::LeasedReader,
    statement::OpenTransaction,
};

/// A generation with the projection that fills it.
pub(super) struct PostgresModel {
    pub(super) engine: Arc<Engine>,
    pub(super) projection: Arc<dyn SqlProjection>,
    pub(super) name: String,
    pub(super) generation: Generation,
}

impl PostgresModel {
    fn doing(&self, what: &str) -> String {
        format!("{what} generation {} of {}", self.generation, self.name)
    }

    fn none(&self) -> Failure {
        let text = format!(
            "there is no generation {} of {}; another one can be made from the log",
            self.generation, self.name
        );
        Failure::plain(FailureKind::Invalid, text)
    }

    fn number(&self) -> i64 {
        self.generation.0.into()
    }

    fn sql(&self, text: &str) -> String {
        self.engine.database.schema.sql(text)
    }

    fn to_checkpoint(&self, row: Option<&Row>, doing: &str) -> Result<Checkpoint, Failure> {
        let row = row.ok_or_else(|| self.none())?;
        let wrap = |error| failure(doing, error);
        Ok(Checkpoint {
            position: Position::from_i64(row.try_get(0).map_err(wrap)?),
            epoch: Epoch(row.try_get::<_, i64>(1).map_err(wrap)?.unsigned_abs()),
        })
    }

    /// One transaction of the owner, who is told where the checkpoint is and moves it to `to`.
    async fn change(
        &self,
        to: Position,
        ours: Epoch,
        change: impl AsyncFnOnce(&Client, Checkpoint) -> Result<(), ApplyError>,
    ) -> Result<(), ApplyError> {
        let mut lease = self.engine.database.lease(&self.doing("writing")).await?;
        lease.is_open(Open::Written);
        self.change_in(lease.client("writing a read model")?, to, ours, change).await?;
        lease.is_open(Open::No);
        Ok(())
    }

    /// Everything from BEGIN to COMMIT.
    async fn change_in(
        &self,
        client: &Client,
        to: Position,
        ours: Epoch,
        change: impl AsyncFnOnce(&Client, Checkpoint) -> Result<(), ApplyError>,
    ) -> Result<(), ApplyError> {
        let doing = self.doing("writing");
        let database = &self.engine.database;
        // A process that is stopped in the middle keeps the row from others for no longer than its lease.
        let idle = database.server.idle().min(LEASE).as_millis();
        let schema = self.engine.schema_of(&self.name, self.generation);
        let begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout TO {idle}; SET LOCAL search_path TO \"{schema}\""
        );
        let lock = self.sql(include_str!("../../sql/model/lock.sql"));
        let number = self.number();
        let which: [Param<'_>; 2] = [(&self.name, Type::TEXT), (&number, Type::INT8)];
        let begun = async {
            tokio::try_join!(biased; client.batch_execute(&begin), client.query_typed_opt(&lock, &which))
        };
        let ((), row) = database.answered(&doing, begun).await?;
        let found = self.to_checkpoint(row.as_ref(), &doing)?;
        if found.epoch != ours {
            return Err(ApplyError::Fenced { ours, found: found.epoch });
        }
        change(client, found).await?;
        let epoch = i64::try_from(ours.0).unwrap_or(i64::MAX);
        let moved = self.sql(include_str!("../../sql/model/move.sql"));
        let params: [Param<'_>; 4] = [
            (&self.name, Type::TEXT),
            (&number, Type::INT8),
            (&to.to_i64(), Type::INT8),
            (&epoch, Type::INT8),
        ];
        let moved = async {
            tokio::try_join!(biased; client.execute_typed(&moved, &params), client.batch_execute("COMMIT"))
        };
        database.answered(&doing, moved).await?;
        Ok(())
    }

    async fn note_parked(&self, client: &Client, events: &[ParkedEvent]) -> Result<(), ApplyError> {
        let doing = self.doing("parking events of");
        let text = |event: &ParkedEvent| {
            serde_json::to_string(event)
                .map_err(|error| Failure::new(FailureKind::Internal, doing.as_str(), error))
        };
        let positions: Vec<i64> = events.iter().map(|event| event.position.to_i64()).collect();
        let texts: Vec<String> = events.iter().map(text).collect::<Result<_, _>>()?;
        let number = self.number();
        let params: [Param<'_>; 4] = [
            (&self.name, Type::TEXT),
            (&number, Type::INT8),
            (&positions, Type::INT8_ARRAY),
            (&texts, Type::TEXT_ARRAY),
        ];
        let sql = self.sql(include_str!("../../sql/model/park.sql"));
        self.engine.database.answered(&doing, client.execute_typed(&sql, &params)).await?;
        Ok(())
    }

    async fn forget_parked(&self, client: &Client, position: Position) -> Result<bool, Failure> {
        let (number, position) = (self.number(), position.to_i64());
        let params: [Param<'_>; 3] =
            [(&self.name, Type::TEXT), (&number, Type::INT8), (&position, Type::INT8)];
        let sql = self.sql(include_str!("../../sql/model/unpark.sql"));
        let doing = self.doing("taking what is parked of");
        let forgotten = self.engine.database.answered(&doing, client.execute_typed(&sql, &params)).await?;
        Ok(forgotten > 0)
    }

    async fn project(&self, client: &Client, events: &[RecordedEvent]) -> Result<(), ApplyError> {
        let patience = self.engine.database.server.patience;
        let mut transaction = OpenTransaction::new(client, patience, Repeated::Prepared);
        let mut tx = Tx::new(&mut transaction);
        let applied = AssertUnwindSafe(self.projection.apply(events, &mut tx)).catch_unwind().await;
        let position = events.first().map_or(Position::START, RecordedEvent::position);
        let outcome = match applied {
            Ok(Ok(())) => {
                transaction.finish().await.map_err(|error| ProjectionError { position, source: error.into() })
            }
            Ok(Err(error)) => Err(error),
            Err(panic) => {
                let text = format!("panicked in the batch that begins there: {}", panic_text(&*panic));
                Err(ProjectionError { position, source: text.into() })
            }
        };
        outcome.map_err(|error| blame(&self.doing("writing"), error))
    }
}

/// Whose fault it is: a connection that breaks is not the event's, which another attempt may take.
fn blame(doing: &str, error: ProjectionError) -> ApplyError {
    match kind_of_cause(&*error.source, FailureKind::Invalid) {
        kind @ FailureKind::Unavailable => Failure::new(kind, doing, error).into(),
        FailureKind::OutcomeUnknown
        | FailureKind::Invalid
        | FailureKind::Unreadable
        | FailureKind::Internal => error.into(),
    }
}

#[async_trait]
impl ReadModel for PostgresModel {
    async fn take_over(&self, owner: &str) -> Result<Checkpoint, Failure> {
        let doing = self.doing("taking over");
        let params: [Param<'_>; 3] =
            [(&self.name, Type::TEXT), (&self.number(), Type::INT8), (&owner, Type::TEXT)];
        let sql = include_str!("../../sql/model/take_over.sql");
        let rows = self.engine.database.query(&doing, sql, &params).await?;
        self.to_checkpoint(rows.first(), &doing)
    }

    async fn apply(&self, batch: Arc<[RecordedEvent]>, to: Position, epoch: Epoch) -> Result<(), ApplyError> {
        let apply = async |client: &Client, found: Checkpoint| {
            let done = batch.partition_point(|event| event.position() <= found.position);
            let new = batch.get(done..).unwrap_or_default();
            if !new.is_empty() {
                self.project(client, new).await?;
            }
            Ok(())
        };
        self.change(to, epoch, apply).await
    }

    async fn park(&self, events: &[ParkedEvent], to: Position, epoch: Epoch) -> Result<(), ApplyError> {
        let park = async |client: &Client, _| self.note_parked(client, events).await;
        self.change(to, epoch, park).await
    }

    async fn parked(&self) -> Result<Vec<ParkedEvent>, Failure> {
        let doing = self.doing("reading what is parked of");
        let params: [Param<'_>; 2] = [(&self.name, Type::TEXT), (&self.number(), Type::INT8)];
        let sql = include_str!("../../sql/model/parked.sql");
        let rows = self.engine.database.query(&doing, sql, &params).await?;
        let parked = rows.iter().map(|row| {
            let text: &str = row.try_get(0).map_err(|error| failure(&doing, error))?;
            serde_json::from_str(text)
                .map_err(|error| Failure::new(FailureKind::Unreadable, doing.as_str(), error))
        });
        parked.collect()
    }

    async fn unpark(&self, event: &RecordedEvent, epoch: Epoch) -> Result<(), ApplyError> {
        let unpark = async |client: &Client, _| {
            if self.forget_parked(client, event.position()).await? {
                self.project(client, std::slice::from_ref(event)).await?;
            }
            Ok(())
        };
        self.change(Position::START, epoch, unpark).await
    }

    async fn checkpoint(&self) -> Result<Checkpoint, Failure> {
        let doing = self.doing("reading the checkpoint of");
        let params: [Param<'_>; 2] = [(&self.name, Type::TEXT), (&self.number(), Type::INT8)];
        let sql = include_str!("../../sql/model/checkpoint.sql");
        let rows = self.engine.database.query(&doing, sql, &params).await?;
        self.to_checkpoint(rows.first(), &doing)
    }

    async fn reader(&self) -> Result<Box<dyn ReadHandle>, Failure> {
        let (doing, number) = (self.doing("reading"), self.number());
        let schema = self.engine.schema_of(&self.name, self.generation);
        let reader = LeasedReader::of(&self.engine.database, &schema, &doing).await?;
        // The first statement fixes the moment.
        let sql = self.sql(include_str!("../../sql/model/checkpoint.sql"));
        let which: [Param<'_>; 2] = [(&self.name, Type::TEXT), (&number, Type::INT8)];
        let database = &self.engine.database;
        let row =
            database.answered(&doing, reader.lease().client(&doing)?.query_typed_opt(&sql, &which)).await?;
        let Checkpoint { position, .. } = self.to_checkpoint(row.as_ref(), &doing)?;
        Ok(Box::new(PostgresHandle { position, reader, schema }))
    }
}

impl std::fmt::Debug for PostgresModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("PostgresModel");
        shown.field("name", &self.name).field("generation", &self.generation).finish_non_exhaustive()
    }
}
