//! Projections: what turns events into rows.
//!
//! A projection names its engine by the handle it takes. Those of this page take a SQL transaction ([`Tx`]), in which
//! their checkpoint is moved too, so every event counts exactly once. Asynchronous ones follow the log on their own;
//! inline ones run in the transaction of the append and can thereby refuse it.

use std::{borrow::Cow, sync::Arc};

use async_trait::async_trait;

use crate::{
    codec::{self, Decoded},
    event::{Event, RecordedEvent},
    failure::BoxError,
    metadata::Metadata,
    position::Position,
    scope::{Filter, Scope},
    sql::Tx,
};

/// What is declared of a projection.
#[derive(Clone, Debug)]
pub struct ProjectionSpec {
    /// Its name, which operators use and queries declare: `order_views`.
    pub name: Cow<'static, str>,
    /// The version of its rows, 1-based. A new one makes a new generation, filled from position 0.
    pub version: u32,
    /// The SQL statements that make its tables, run once per generation. They must run on every engine that is used.
    pub schema: Cow<'static, str>,
    /// The events it wants.
    pub filter: Filter,
}

impl ProjectionSpec {
    /// Version 1, no tables, every event.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), version: 1, schema: Cow::Borrowed(""), filter: Filter::All }
    }

    /// The SQL that makes its tables.
    #[must_use]
    pub fn schema(mut self, sql: impl Into<Cow<'static, str>>) -> Self {
        self.schema = sql.into();
        self
    }

    /// The version of its rows, 1-based.
    #[must_use]
    pub const fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Only the facts of `E`, under all of the names they were ever stored with.
    #[must_use]
    pub fn events<E: Event>(mut self) -> Self {
        self.filter = Filter::Any(vec![Scope::default().of_types(codec::stored_names(E::schemas()))]);
        self
    }
}

/// A projection that could not take an event. Its transaction is rolled back.
#[derive(Debug, thiserror::Error)]
#[error("event {position} could not be projected")]
pub struct ProjectionError {
    /// The event at fault.
    pub position: Position,
    /// Why.
    pub source: BoxError,
}

/// A projection into the tables of a SQL engine, following the log on its own. Written by `#[projection]` on a function.
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection",
    label = "not a projection",
    note = "put `#[projection]` on `async fn name(event: &Event, at: &Metadata, tx: &mut Tx<'_>) -> Result`"
)]
pub trait SqlProjection: Send + Sync + 'static {
    /// What is declared of it.
    fn spec(&self) -> ProjectionSpec;

    /// Takes a batch, in position order. All of it counts, or, after an error, none of it.
    ///
    /// # Errors
    /// [`ProjectionError`] names the event at fault.
    async fn apply(&self, events: &[RecordedEvent], tx: &mut Tx<'_>) -> Result<(), ProjectionError>;
}

/// A projection that runs in the transaction of the append: its rows stand beside the events and are rolled back with them.
///
/// It may only await its transaction. An error refuses the append.
#[async_trait]
pub trait InlineProjection: Send + Sync + 'static {
    /// What is declared of it.
    fn spec(&self) -> ProjectionSpec;

    /// Takes one event.
    ///
    /// # Errors
    /// Any error refuses the append.
    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx<'_>) -> Result<(), BoxError>;
}

/// `#[projection]` leaves a function that makes the projection, so that its name stays free for variables and fields.
#[diagnostic::do_not_recommend]
#[async_trait]
impl<F, P> SqlProjection for F
where
    F: Fn() -> P + Send + Sync + 'static,
    P: SqlProjection,
{
    fn spec(&self) -> ProjectionSpec {
        self().spec()
    }

    async fn apply(&self, events: &[RecordedEvent], tx: &mut Tx<'_>) -> Result<(), ProjectionError> {
        self().apply(events, tx).await
    }
}

/// As for [`SqlProjection`].
#[diagnostic::do_not_recommend]
#[async_trait]
impl<F, P> InlineProjection for F
where
    F: Fn() -> P + Send + Sync + 'static,
    P: InlineProjection,
{
    fn spec(&self) -> ProjectionSpec {
        self().spec()
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx<'_>) -> Result<(), BoxError> {
        self().apply(event, tx).await
    }
}

/// A projection whose name is known when the program is compiled, so that queries can declare that they read it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection that can be declared here",
    label = "not a projection",
    note = "write the name of a function with `#[projection]`, or the projection's name in quotes: `reads = \"balances\"`"
)]
pub trait Named {
    /// The name of its [`ProjectionSpec`].
    const NAME: &'static str;
}

/// The name of a projection that `#[projection]` made: `name_of(balances)`.
#[must_use]
pub fn name_of<F, P>(_: F) -> &'static str
where
    F: Fn() -> P,
    P: Named,
{
    P::NAME
}

/// An event with what is known of it: what a projection that takes batches is given.
#[derive(Clone, Debug)]
pub struct Recorded<E> {
    /// The fact.
    pub event: E,
    /// Its places and where it comes from.
    pub at: Arc<Metadata>,
}

/// Reads a whole batch as `E`.
///
/// # Errors
/// [`ProjectionError`] with the first event that cannot be read.
pub fn decode_batch<E: Event>(events: &[RecordedEvent]) -> Result<Vec<Recorded<E>>, ProjectionError> {
    let mut batch = Vec::with_capacity(events.len());
    for stored in events {
        let decoded = codec::decode::<E>(stored)
            .map_err(|error| ProjectionError { position: stored.position(), source: error.into() })?;
        let at = Arc::new(stored.metadata.clone());
        match decoded {
            Decoded::One(event) => batch.push(Recorded { event, at }),
            Decoded::Many(events) => {
                batch.extend(events.into_iter().map(|event| Recorded { event, at: Arc::clone(&at) }));
            }
        }
    }
    Ok(batch)
}
