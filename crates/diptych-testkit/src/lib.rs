//! What tests of Diptych are written with, and what every store must pass.
//!
//! - [`given()`]: tests of decisions, as *given these events, when this command, then those events*.
//! - [`TestApp`]: `app.test()`, a whole application in memory, with settled projections and a clock that a test moves.
//! - [`contract`]: the rules of a store, one function each; [`store_contract!`] makes one test per rule for an adapter.
//! - [`model`]: a store against a model, with random logs and random writers at once.
//! - [`peers`]: the rules of leases and notices between nodes; [`peers_contract!`] makes one test per rule.
//! - [`contract::models`], [`contract::keys`], [`contract::snapshots`]: the rules of what stands beside the log.
//! - [`projections`]: properties of projections that run, crash, fail, are rebuilt, paused and taken over.
//! - [`draft`]: events, appends and whole logs for tests of stores; [`follow`]: a reader that follows a log.
//! - [`faulty`]: a store that fails where a test says so.
//! - [`clock`], [`ids`], [`seal`]: time, ids and seals that a test sets and can name.
//! - [`deadline`]: waiting on the thing itself.
//! - [`engine`]: the servers of read models, shared or a test's own to kill.
//! - `postgres` (a feature): the server of the tests, and schemas of its own there.
//! - [`proof`]: how much a proof by trying tries, and what it hands in.
//!
//! Everything here panics where a test would fail: that is its way to answer.

pub mod clock;
pub mod contract;
pub mod deadline;
pub mod draft;
pub mod engine;
pub mod faulty;
pub mod follow;
pub mod given;
pub mod ids;
pub mod model;
pub mod node;
pub mod peers;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod projections;
pub mod proof;
pub mod seal;
mod why;

pub use clock::FakeClock;
pub use contract::Fixture;
pub use given::{fold, given, given_nothing, on, stored};
pub use ids::CountingIds;
pub use node::{TestApp, TestNode};
pub use proof::{Effort, Evidence};
pub use seal::{blind, sealed};
