//! A query on its way, and how it may end.

use std::{any::Any, any::TypeId, fmt, sync::Arc, time::Duration};

use diptych_core::{BoxError, Failure, FailureKind, Position, Query};

use crate::watermark::NotYet;

/// What a caller may ask of the answering of a query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AskOptions {
    /// The answer must reflect everything up to here: the position of a receipt.
    pub at: Option<Position>,
    /// How long to wait for that; not at all if none is given.
    pub wait: Option<Duration>,
}

impl AskOptions {
    /// The answer must reflect this receipt's effect; waits for it so long.
    #[must_use]
    pub const fn after(position: Position, wait: Duration) -> Self {
        Self { at: Some(position), wait: Some(wait) }
    }
}

/// One query of any type, as layers see it. Cheap to clone.
#[derive(Clone)]
pub struct QueryRequest {
    name: &'static str,
    query: Arc<dyn Any + Send + Sync>,
    /// What the caller asked of its answering.
    pub options: AskOptions,
}

impl QueryRequest {
    pub(crate) fn new<Q: Query>(query: Q, options: AskOptions) -> Self {
        Self { name: Q::NAME, query: Arc::new(query), options }
    }

    /// The query's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The query, where it is of this type.
    #[must_use]
    pub fn query<Q: Query>(&self) -> Option<&Q> {
        self.query.downcast_ref()
    }

    pub(crate) fn type_id(&self) -> TypeId {
        (*self.query).type_id()
    }
}

/// Names the query but does not show it: its fields may be personal.
impl fmt::Debug for QueryRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryRequest")
            .field("name", &self.name)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// An answer of any type, and up to where it reflects the log.
pub struct RawAnswer {
    /// The answer.
    pub value: Box<dyn Any + Send>,
    /// The least position of all read models that were read.
    pub position: Position,
}

/// An answer, and up to where it reflects the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered<A> {
    /// The answer.
    pub value: A,
    /// The least position of all read models that were read.
    pub position: Position,
}

/// How a query may end without an answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The read models have not come so far; waited for, where waiting was asked for.
    #[error(transparent)]
    NotYet(#[from] NotYet),
    /// No handler is registered for this type.
    #[error("no query named {name} is registered; registered are: {registered}")]
    Unregistered {
        /// The query's name.
        name: &'static str,
        /// The names that are registered, joined by commas.
        registered: String,
    },
    /// The handler failed.
    #[error("answering {name}")]
    Handler {
        /// The query's name.
        name: &'static str,
        /// Why.
        source: BoxError,
    },
    /// The machinery broke.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl QueryError {
    pub(crate) fn from_box(error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => *own,
            Err(other) => {
                Self::Failure(Failure::new(FailureKind::Unavailable, "a layer around the query bus", other))
            }
        }
    }

    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::NotYet(_) => "not_yet",
            Self::Unregistered { .. } => "unregistered",
            Self::Handler { .. } | Self::Failure(_) => "failed",
        }
    }
}
