//! The words and the ports of Diptych.
//!
//! This crate knows no runtime, no database and no HTTP. It says what an event, a command, a scope and a boundary
//! are ([`event`], [`command`], [`scope`], [`boundary`]), how stored events are read back ([`codec`]), and what a
//! store, engines of read models and a keeper of keys must do ([`store`], [`sql`], [`documents`], [`keys`]).
//!
//! Read [`command`] first, then [`scope`] and [`boundary`], then [`store`].

#[doc(hidden)]
pub mod __private;
pub mod boundary;
pub mod cache;
pub mod codec;
pub mod command;
mod conversation;
pub mod documents;
pub mod event;
pub mod events;
pub mod failure;
pub mod groups;
pub mod handler;
pub mod id;
pub mod keys;
pub mod metadata;
pub mod model;
pub mod peers;
pub mod personal;
pub mod position;
pub mod projection;
pub mod query;
pub mod reads;
pub mod receipt;
pub mod rejection;
pub mod scan;
pub mod scope;
pub mod snapshot;
pub mod sql;
pub mod state;
pub mod store;
pub mod stream;
pub mod tag;
pub mod time;
pub mod view;

pub use boundary::{AppendCondition, Boundary, Conflict, Expected};
pub use command::{Command, Context};
pub use event::{Event, NewEvent, RecordedEvent};
pub use events::Events;
pub use failure::{BoxError, Failure, FailureKind};
pub use groups::GroupSizes;
pub use handler::EventHandler;
pub use id::{Id, Identifier, InvalidId};
pub use metadata::{Actor, CausationId, CorrelationId, Metadata};
pub use personal::{Personal, Sealed};
pub use position::{Position, Revision};
pub use projection::{InlineProjection, ProjectionError, ProjectionSpec, Recorded, SqlProjection};
pub use query::{Query, QueryHandler};
pub use reads::{At, Each, Reads};
pub use receipt::Receipt;
pub use rejection::{Never, Rejection, RejectionKind};
pub use scope::{Filter, Scope};
pub use sql::{Reader, SqlRow, SqlValue, Tx};
pub use state::State;
pub use store::{Append, AppendError, Appended, EventStore};
pub use stream::StreamId;
pub use tag::Tag;
pub use time::{Clock, SystemClock, Timestamp};
pub use view::{Listed, Part, Shown, SortKeys, Start};

/// What a projection, a query or an event handler returns: any error of any crate may be raised with `?`.
pub type Result<T = (), E = BoxError> = std::result::Result<T, E>;
