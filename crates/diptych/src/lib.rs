//! CQRS and event sourcing: buses, subscriptions, projections, and the memory store.
//!
//! An application registers its commands, projections and queries on an [`App`] and starts it; what runs is a [`Node`].
//! The words and ports come from [`diptych_core`] and are re-exported here, so that an application depends on this crate
//! alone.

mod command_bus;
mod correlation;
pub mod memory;
mod meters;
mod node;
mod projections;
mod query_bus;
mod subscription;
mod vault;
mod watermark;

#[doc(hidden)]
pub use diptych_core::__private;
pub use diptych_core::*;
pub use diptych_macros::*;

pub use command_bus::{
    CommandError, CommandOptions, CommandRequest, CommandService, ExecuteError, Rejected, Stamp,
};
pub use correlation::Correlation;
pub use meters::Meters;
pub use node::{
    Against, App, CheckProgress, Checked, CopyProgress, CopyTold, EngineUrl, EngineUrlError, EngineUse,
    Health, HealthState, ImportError, Imported, Node, PostgresUrl, Registered, RegisteredCommand,
    RegisteredEvent, RegisteredProjection, RegisteredQuery, RegisteredStream, Sending, ServerUrl, StartError,
    StoreUrl, Stores, UrlError,
};
pub use projections::{
    CandidateStatus, Comparison, ErrorPolicy, LastError, NewVersion, OnFailure, OperateError, Operation,
    ProjectionKind, ProjectionState, ProjectionStatus, RowDifference, TableComparison, TableSum,
};
pub use query_bus::{Answered, AskOptions, QueryError, QueryRequest, QueryService, RawAnswer};
pub use subscription::{Batch, Subscription};
pub use vault::{HeldKeys, MasterKey, MasterKeyError, Vault};
pub use watermark::{NotYet, Watermarks};

/// All that a first application needs: `use diptych::prelude::*;`.
pub mod prelude {
    pub use crate::{
        App, Command, Context, Event, Events, Id, Metadata, Personal, Query, Reader, Recorded, Rejection,
        Result, State, StreamId, Tag, Tx, event_handler, projection, query,
    };
}
