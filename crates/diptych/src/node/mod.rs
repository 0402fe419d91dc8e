//! A running application: one node. Everything that HTTP, the command line and your own code do goes through it.

mod app;
mod ask;
mod backup;
mod check;
mod engine_url;
mod engines;
mod health;
mod import;
#[cfg(feature = "sqlite")]
mod kept_peers;
mod migrations;
mod operate;
mod pulse;
mod registered;
mod send;
mod start;
mod stores;
mod tasks;
mod url;

use std::{collections::HashMap, sync::Arc, time::Duration};

use diptych_core::{
    Clock, CorrelationId, EventStore, Failure, Position, SqlValue, State, codec::EventSchema, id::IdSource,
    state::StateKind,
};

pub use app::App;
pub(crate) use app::Attends;
pub use backup::{CopyProgress, CopyTold};
pub use check::{Against, CheckProgress, Checked};
pub use engine_url::{EngineUrl, EngineUrlError, EngineUse, ServerUrl};
pub use health::{Health, HealthState};
pub use import::{ImportError, Imported};
pub(crate) use pulse::Pulse;
pub use registered::{
    Registered, RegisteredCommand, RegisteredEvent, RegisteredProjection, RegisteredQuery, RegisteredStream,
};
pub use send::Sending;
pub use start::StartError;
pub use stores::Stores;
pub use url::{PostgresUrl, StoreUrl, UrlError};

use crate::{
    command_bus::{CommandService, Loader},
    correlation::{CORRELATIONS, Correlation, RecentCorrelations, thing},
    meters::Meters,
    projections::{Leadership, ProjectionStatus, Supervisor},
    query_bus::QueryService,
    vault::Vault,
    watermark::{NotYet, Watermarks},
};

/// A running application. Cheap to clone; stop it with [`Node::shut_down`].
#[derive(Clone)]
pub struct Node(Arc<Inner>);

struct Inner {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    vault: Arc<Vault>,
    loader: Arc<Loader>,
    pulse: Arc<Pulse>,
    recent: Arc<RecentCorrelations>,
    commands: CommandService,
    queries: QueryService,
    readers: Arc<crate::query_bus::Handlers>,
    projections: Arc<HashMap<String, Arc<Supervisor>>>,
    leadership: Arc<Leadership>,
    watermarks: Arc<Watermarks>,
    meters: Meters,
    schemas: Vec<EventSchema>,
    states: Vec<StateKind>,
    registered: Registered,
    tasks: tasks::Tasks,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("store", &self.0.store).finish_non_exhaustive()
    }
}

impl Node {
    /// Folds one thing from the log, without a projection.
    ///
    /// # Errors
    /// [`Failure`] where the log cannot be read.
    pub async fn load<S: State>(&self, id: &S::Id) -> Result<S, Failure> {
        self.0.loader.state::<S>(id).await
    }

    /// The log.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn EventStore> {
        &self.0.store
    }

    /// The clock that stamps commands.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// Draws fresh ids.
    #[must_use]
    pub fn ids(&self) -> &dyn IdSource {
        &*self.0.ids
    }

    /// Seals, opens and blinds personal data.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.0.vault
    }

    /// What this node counts and times.
    #[must_use]
    pub fn meters(&self) -> &Meters {
        &self.0.meters
    }

    /// Up to where each projection has considered everything.
    #[must_use]
    pub fn watermarks(&self) -> &Watermarks {
        &self.0.watermarks
    }

    /// Every event schema that was declared by the application's states.
    #[must_use]
    pub fn schemas(&self) -> &[EventSchema] {
        &self.0.schemas
    }

    /// The state that is declared for a category of streams.
    #[must_use]
    pub fn state_of(&self, category: &str) -> Option<&StateKind> {
        self.0.states.iter().find(|kind| kind.category == category)
    }

    /// What is registered, and how it hangs together.
    #[must_use]
    pub fn registered(&self) -> &Registered {
        &self.0.registered
    }

    /// What is known of a correlation id; none if it is unknown, or was refused. Waits, at most 5 s, for the index where that is behind.
    ///
    /// # Errors
    /// [`Failure`] where the index or the log cannot be read.
    pub async fn correlation(&self, id: &CorrelationId) -> Result<Option<Correlation>, Failure> {
        if let Some(known) = self.0.recent.get(id) {
            return Ok(Some(known));
        }
        let head = self.0.store.head().await?;
        if let Err(behind) = self.0.watermarks.wait(&[CORRELATIONS], head, Duration::from_secs(5)).await {
            tracing::warn!(%behind, "the correlation index is asked while it is behind");
        }
        let indexed = self.indexed_correlation(id).await?;
        let noted = self
            .0
            .store
            .note_by_correlation(id)
            .await?
            .map(|note| Correlation { position: note.position, things: vec![thing(&note.target)] });
        Ok(match (indexed, noted) {
            (Some(indexed), Some(noted)) => Some(indexed.merge(noted)),
            (indexed, noted) => indexed.or(noted),
        })
    }

    async fn indexed_correlation(&self, id: &CorrelationId) -> Result<Option<Correlation>, Failure> {
        let Some(index) = self.0.projections.get(CORRELATIONS) else { return Ok(None) };
        let reader = index.reader().await?;
        let Some(sql) = reader.sql() else { return Ok(None) };
        let broken = |error| {
            Failure::new(diptych_core::FailureKind::Unreadable, "reading the correlation index", error)
        };
        let rows = sql.query(include_str!("../../sql/correlation_get.sql"), vec![SqlValue::from(id)]).await;
        let mut known = Correlation::default();
        for row in rows.map_err(broken)? {
            known.position = known.position.max(row.get("position").map_err(broken)?);
            known.things.push(row.get("thing").map_err(broken)?);
        }
        Ok((!known.things.is_empty()).then_some(known))
    }

    /// Whether it is this node that runs a projection or event handler, where several nodes share a store.
    #[must_use]
    pub fn leads(&self, projection: &str) -> bool {
        self.0.projections.get(projection).is_some_and(|supervisor| supervisor.leads().is_some())
    }

    /// What an operator is told of every projection and event handler, by name.
    ///
    /// # Errors
    /// [`Failure`] where the log cannot be read.
    pub async fn projections(&self) -> Result<Vec<ProjectionStatus>, Failure> {
        self.0.leadership.look().await?;
        let head = self.0.store.head().await?;
        let now = self.0.clock.now();
        let mut all = Vec::with_capacity(self.0.projections.len());
        for supervisor in self.0.projections.values() {
            all.push(supervisor.status(head, now).await?);
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// Waits until every projection and event handler has considered everything up to the present head.
    ///
    /// # Errors
    /// [`NotYet`] names one that has not come so far in time; a failure of the log counts as standing at the start.
    pub async fn settled(&self, at_most: Duration) -> Result<Position, NotYet> {
        let head = self.0.store.head().await.map_err(|failure| NotYet {
            projection: format!("the log ({})", failure.chain()),
            at: Position::START,
            wanted: Position::END,
        })?;
        let names: Vec<&str> = self.0.projections.keys().map(String::as_str).collect();
        self.0.watermarks.wait(&names, head, at_most).await?;
        Ok(head)
    }

    /// Stops the runners after their current batch, finishes what was taken, and puts the store away.
    ///
    /// # Errors
    /// [`Failure`] where the store could not be put away in order; no acknowledged append is lost by it.
    pub async fn shut_down(&self) -> Result<(), Failure> {
        self.0.tasks.stop().await;
        self.0.leadership.end().await;
        self.0.store.close().await
    }
}
