//! What tests of Diptych are written with, and what every store must pass.
//!
//! - [`contract`]: the rules of a store, one function each; [`store_contract!`] makes one test per rule for an adapter.
//! - [`draft`]: events, appends and whole logs for tests of stores.
//! - [`clock`], [`ids`]: time and ids that a test sets.
//!
//! Everything here panics where a test would fail: that is its way to answer.

pub mod clock;
pub mod contract;
pub mod deadline;
pub mod draft;
pub mod follow;
pub mod ids;

pub use clock::FakeClock;
pub use contract::Fixture;
pub use ids::CountingIds;
