//! Inline projections: rows that are written in the transaction of the append, in tables beside the log's.
//!
//! They run in the appender's task. The catalogue remembers up to where each is filled, in the same transaction: so one that
//! another process has left behind is filled first, under the lock. `mount.rs` makes the tables and brings a new one up.

mod mount;

use std::{
    future::poll_fn,
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
    task::Poll,
};

use diptych_core::{
    BoxError, Failure, FailureKind, InlineProjection, Position, ProjectionSpec, RecordedEvent, Tx,
};
use futures::FutureExt;
use tokio_postgres::{Client, types::Type};

use crate::{
    failure::{kind_of_cause, panic_text},
    pipeline::Repeated,
    pool::{Database, Param},
    statement::OpenTransaction,
};

const DOING: &str = "running inline projections";

/// The projections that every append runs, in the order in which they were mounted.
#[derive(Default)]
pub(crate) struct Inline(Vec<Arc<Mounted>>);

pub(crate) struct Mounted {
    projection: Arc<dyn InlineProjection>,
    spec: ProjectionSpec,
}

impl Inline {
    /// Whether none is mounted.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Runs all of them over the events of an append.
    ///
    /// # Errors
    /// [`Failure`] of the first that refuses. The caller rolls back.
    pub(crate) async fn apply(
        &self,
        client: &Client,
        database: &Database,
        events: &[RecordedEvent],
    ) -> Result<(), Failure> {
        if self.is_empty() || events.is_empty() {
            return Ok(());
        }
        look_here(client, database).await?;
        for event in events {
            for mounted in &self.0 {
                mounted.apply(client, database, event).await?;
            }
        }
        Ok(())
    }

    /// Remembers up to where all of them are filled.
    ///
    /// # Errors
    /// [`Failure`] of the engine.
    pub(crate) async fn caught_up(
        &self,
        client: &Client,
        database: &Database,
        head: Position,
    ) -> Result<(), Failure> {
        if self.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = self.0.iter().map(|mounted| &*mounted.spec.name).collect();
        let params: [Param<'_>; 2] = [(&names, Type::TEXT_ARRAY), (&head.to_i64(), Type::INT8)];
        let sql = database.schema.sql(include_str!("../../sql/inline/caught_up.sql"));
        database.answered(DOING, client.execute_typed(&sql, &params)).await.map(drop)
    }

    /// Puts one in, in place of one of the same name.
    fn put(&mut self, mounted: Arc<Mounted>) {
        match self.0.iter_mut().find(|old| old.spec.name == mounted.spec.name) {
            Some(old) => *old = mounted,
            None => self.0.push(mounted),
        }
    }
}

/// An inline projection may only await its transaction.
#[derive(Debug, thiserror::Error)]
#[error("it waited for something; an inline projection may only await its transaction")]
struct Waited;

/// Names without a schema mean the store's, until the transaction ends.
async fn look_here(client: &Client, database: &Database) -> Result<(), Failure> {
    let sql = database.schema.sql("SET LOCAL search_path TO {schema}");
    database.answered(DOING, client.batch_execute(&sql)).await
}

impl Mounted {
    async fn apply(
        &self,
        client: &Client,
        database: &Database,
        event: &RecordedEvent,
    ) -> Result<(), Failure> {
        if !self.spec.filter.passes(event.stream(), &event.event_type, &event.tags) {
            return Ok(());
        }
        let mut transaction = OpenTransaction::new(client, database.server.patience, Repeated::AsOthers);
        let asking = transaction.asking();
        let done = {
            let mut tx = Tx::new(&mut transaction);
            let mut applied = self.projection.apply(event, &mut tx);
            // Everybody's appends wait for it: it is let wait for the server, which answers in time, and for nothing else.
            let applied = poll_fn(|context| {
                let polled = applied.as_mut().poll(context);
                let waits = polled.is_pending() && !asking.load(Ordering::Acquire);
                if waits { Poll::Ready(Err(Waited.into())) } else { polled }
            });
            AssertUnwindSafe(applied).catch_unwind().await
        };
        let done = match done {
            Ok(Ok(())) => Ok(transaction.finish().await.map_err(BoxError::from)),
            done => done,
        };
        let doing = || format!("inline projection {} of event {}", self.spec.name, event.event_type);
        match done {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                let kind = kind_of_cause(&*error, FailureKind::Invalid);
                Err(Failure::new(kind, format!("{} refused it", doing()), error))
            }
            Err(panic) => {
                let text = panic_text(&*panic);
                Err(Failure::plain(FailureKind::Internal, format!("{} panicked: {text}", doing())))
            }
        }
    }
}
