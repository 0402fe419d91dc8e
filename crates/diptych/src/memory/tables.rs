//! Inline projections beside a log in memory: all of them together are one read model of some SQL engine.
//!
//! What holds: an append whose inline projections fail or panic leaves neither events nor rows, and all inline tables
//! change together. **What this set-up does not promise:** that rows and events become visible in one moment. The engine
//! commits first and the log follows at once, so a reader of the tables may for a moment see the rows of an event that a
//! reader of the log does not see yet. A store on one engine keeps both in one transaction and has no such moment.

use std::{borrow::Cow, fmt, sync::Arc, task::Poll};

use async_trait::async_trait;
use diptych_core::{
    BoxError, Failure, FailureKind, InlineProjection, ProjectionError, ProjectionSpec, RecordedEvent,
    SqlProjection, SqlRow, SqlValue, Tx,
    model::{ApplyError, Epoch, ReadHandle, ReadModel, SqlEngine},
    sql::{SqlError, SqlReader},
};

/// Where inline projections write, if anywhere.
#[derive(Debug, Default)]
pub(super) struct Tables {
    engine: Option<Arc<dyn SqlEngine>>,
    mounted: Option<Mounted>,
}

impl Tables {
    /// Tables of this engine, without any projection yet.
    pub(super) fn of(engine: Arc<dyn SqlEngine>) -> Self {
        Self { engine: Some(engine), mounted: None }
    }

    /// Makes empty tables for these projections and those that are mounted; one of the same name is replaced. To be
    /// filled from the whole log, then handed to [`Tables::mount`].
    pub(super) async fn prepare(
        &self,
        projections: Vec<Arc<dyn InlineProjection>>,
    ) -> Result<Mounted, Failure> {
        let engine = self.engine.as_ref().ok_or_else(no_tables)?;
        let name = |projection: &Arc<dyn InlineProjection>| projection.spec().name;
        let new: Vec<_> = projections.iter().map(name).collect();
        let mut all = self.mounted.as_ref().map(|old| old.together.0.clone()).unwrap_or_default();
        all.retain(|old| !new.contains(&name(old)));
        all.extend(projections);
        let together = Arc::new(Together(all));
        let models = engine.models(Arc::<Together>::clone(&together));
        let model = models.open(models.create().await?).await?;
        let epoch = model.take_over("memory store").await?.epoch;
        Ok(Mounted { together, model, epoch })
    }

    /// From now on every append goes through these.
    pub(super) fn mount(&mut self, filled: Mounted) {
        self.mounted = Some(filled);
    }

    /// Runs the projections over the events of an append, which are not in the log yet.
    pub(super) async fn apply(&self, events: &[RecordedEvent]) -> Result<(), Failure> {
        match &self.mounted {
            Some(mounted) => mounted.apply(events).await,
            None => Ok(()),
        }
    }

    /// The tables as they are now.
    pub(super) async fn reader(&self) -> Result<Box<dyn SqlReader>, Failure> {
        let mounted = self.mounted.as_ref().ok_or_else(no_tables)?;
        Ok(Box::new(TablesReader(mounted.model.reader().await?)))
    }
}

fn no_tables() -> Failure {
    Failure::plain(
        FailureKind::Invalid,
        "this memory store keeps no tables for inline projections: make it by `MemoryStore::with_tables` and mount some",
    )
}

/// The tables of all inline projections.
#[derive(Debug)]
pub(super) struct Mounted {
    together: Arc<Together>,
    model: Arc<dyn ReadModel>,
    epoch: Epoch,
}

impl Mounted {
    /// Writes the rows of these events, or nothing.
    pub(super) async fn apply(&self, events: &[RecordedEvent]) -> Result<(), Failure> {
        let Some(last) = events.last() else { return Ok(()) };
        match self.model.apply(events.into(), last.position(), self.epoch).await {
            Ok(()) => Ok(()),
            Err(ApplyError::Failure(failure)) => Err(failure),
            Err(ApplyError::Event(error)) => {
                Err(Failure::new(FailureKind::Invalid, "an inline projection refused it", error))
            }
            Err(error @ ApplyError::Fenced { .. }) => {
                Err(Failure::new(FailureKind::Internal, "running the inline projections", error))
            }
        }
    }
}

/// Several inline projections as one projection of batches, so that their tables stand in one place and change together.
struct Together(Vec<Arc<dyn InlineProjection>>);

#[async_trait]
impl SqlProjection for Together {
    fn spec(&self) -> ProjectionSpec {
        let schemas: Vec<_> = self.0.iter().map(|projection| projection.spec().schema).collect();
        ProjectionSpec::new("inline").schema(schemas.join("\n;\n"))
    }

    async fn apply(&self, events: &[RecordedEvent], tx: &mut Tx<'_>) -> Result<(), ProjectionError> {
        let filters: Vec<_> = self.0.iter().map(|projection| projection.spec().filter).collect();
        for event in events {
            for (projection, filter) in self.0.iter().zip(&filters) {
                if filter.passes(event.stream(), &event.event_type, &event.tags) {
                    let done = at_once(&**projection, event, tx).await;
                    done.map_err(|source| ProjectionError { position: event.position(), source })?;
                }
            }
        }
        Ok(())
    }
}

/// Runs a projection that may only await its transaction. Statements of an engine in this process are done when they are
/// asked for, so whoever waits, waits for something else, and the append with it.
async fn at_once(
    projection: &dyn InlineProjection,
    event: &RecordedEvent,
    tx: &mut Tx<'_>,
) -> Result<(), BoxError> {
    let mut applying = projection.apply(event, tx);
    std::future::poll_fn(|cx| match applying.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(done),
        Poll::Pending => Poll::Ready(Err(Waited(projection.spec().name).into())),
    })
    .await
}

#[derive(Debug, thiserror::Error)]
#[error("inline projection {0} waited for something; it may only await its transaction")]
struct Waited(Cow<'static, str>);

impl fmt::Debug for Together {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|projection| projection.spec().name)).finish()
    }
}

struct TablesReader(Box<dyn ReadHandle>);

#[async_trait]
impl SqlReader for TablesReader {
    async fn query(&self, sql: &str, params: Vec<SqlValue>) -> Result<Vec<SqlRow>, SqlError> {
        let reader = self.0.sql().ok_or_else(|| SqlError::engine(sql, "the engine does not speak SQL"))?;
        reader.query(sql, params).await
    }
}
