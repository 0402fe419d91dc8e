//! Projections and event handlers, run and operated.
//!
//! Each has a task of its own per generation ([`runner`]), so that a slow or failing one holds up no other, and a
//! supervisor that operators speak to ([`supervisor`]). Where several nodes share a store, [`leadership`] decides which of them
//! runs what.

mod compare;
mod leadership;
mod operation;
mod policy;
mod progress;
mod run;
mod runner;
mod status;
mod supervisor;
mod why;
mod work;

pub use compare::{Comparison, RowDifference, TableComparison, TableSum};
pub(crate) use leadership::Leadership;
pub use operation::{OperateError, Operation};
pub use policy::{ErrorPolicy, NewVersion, OnFailure};
pub(crate) use runner::Surroundings;
pub use status::{CandidateStatus, LastError, ProjectionKind, ProjectionState, ProjectionStatus};
pub(crate) use supervisor::Supervisor;

pub(crate) use work::{NoRows, Work};
