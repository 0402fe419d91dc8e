//! What a runner does with events: fills a read model, or calls an event handler.

use std::{borrow::Cow, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind, Position, ProjectionError, ProjectionSpec, RecordedEvent, SqlProjection, Tx,
    handler::EventHandler,
    model::{ApplyError, Epoch, ReadModel},
};
use futures::FutureExt;

/// See [`Work::gathers`].
const GATHERED: Duration = Duration::from_millis(50);

/// What is done with each batch.
#[derive(Clone)]
pub(crate) enum Work {
    /// Rows and checkpoint, written by the engine together.
    Project,
    /// The same, of rows that nobody mostly waits for: news may gather, so that they are written in company.
    Gather,
    /// The handler first, its checkpoint after: at least once.
    Handle(Arc<dyn EventHandler>),
}

impl Work {
    /// How many events one batch may have. A handler's checkpoint follows each event, so that a crash repeats one at most.
    pub(crate) const fn batch(&self) -> usize {
        match self {
            Self::Project | Self::Gather => diptych_core::store::MAX_PAGE,
            Self::Handle(_) => 1,
        }
    }

    /// How long news may gather before it is read, while nobody waits for it.
    pub(crate) const fn gathers(&self) -> Option<Duration> {
        match self {
            Self::Gather => Some(GATHERED),
            Self::Project | Self::Handle(_) => None,
        }
    }

    /// Takes a batch; a panic is an error like any other.
    pub(crate) async fn apply(
        &self,
        model: &dyn ReadModel,
        batch: Arc<[RecordedEvent]>,
        to: Position,
        epoch: Epoch,
    ) -> Result<(), ApplyError> {
        let first = batch.first().map_or(to, RecordedEvent::position);
        let work = async {
            match self {
                Self::Project | Self::Gather => model.apply(batch, to, epoch).await,
                Self::Handle(handler) => {
                    for event in &*batch {
                        handler
                            .handle(event)
                            .await
                            .map_err(|source| ProjectionError { position: event.position(), source })?;
                    }
                    model.apply(Arc::from([]), to, epoch).await
                }
            }
        };
        match AssertUnwindSafe(work).catch_unwind().await {
            Ok(applied) => applied,
            Err(panic) => Err(ProjectionError { position: first, source: panicked(&*panic).into() }.into()),
        }
    }
}

impl Work {
    /// Takes an event that was parked.
    pub(crate) async fn unpark(
        &self,
        model: &dyn ReadModel,
        event: &RecordedEvent,
        epoch: Epoch,
    ) -> Result<(), ApplyError> {
        let position = event.position();
        let work = async {
            if let Self::Handle(handler) = self {
                let handled = handler.handle(event).await;
                handled.map_err(|source| ProjectionError { position, source })?;
            }
            model.unpark(event, epoch).await
        };
        match AssertUnwindSafe(work).catch_unwind().await {
            Ok(taken) => taken,
            Err(panic) => Err(ProjectionError { position, source: panicked(&*panic).into() }.into()),
        }
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Failure {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Failure::plain(FailureKind::Internal, format!("it panicked: {text}"))
}

/// The rows of an event handler: none. Its generation holds nothing but the checkpoint.
pub(crate) struct NoRows(pub(crate) Cow<'static, str>, pub(crate) diptych_core::Filter);

#[async_trait]
impl SqlProjection for NoRows {
    fn spec(&self) -> ProjectionSpec {
        let mut spec = ProjectionSpec::new(self.0.clone());
        spec.filter = self.1.clone();
        spec
    }

    async fn apply(&self, _: &[RecordedEvent], _: &mut Tx<'_>) -> Result<(), ProjectionError> {
        Ok(())
    }
}
