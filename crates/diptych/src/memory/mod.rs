//! The store that keeps everything in memory: for tests, and the reference for whoever writes another.
//!
//! Read `store.rs` first: an append from its checks to its news in one page. Then `log.rs`, a vector of events and the
//! indexes by which they are found; `condition.rs`, what refuses an append; `notes.rs`, what is remembered of commands.
//! `documents/` keeps read models of documents, and is the reference for engines of these.
//! `tables.rs` is what is special here: inline projections write to an engine that knows nothing of this log.
//!
//! Positions have no gaps here. Other stores may leave some; no caller may rely on there being none.

mod cache;
mod condition;
mod documents;
mod keys;
mod log;
mod notes;
mod peers;
mod snapshots;
mod store;
mod tables;
mod watch;

pub use cache::MemoryCache;
pub use documents::MemoryDocuments;
pub use keys::MemoryKeys;
pub use peers::MemoryPeers;
pub use snapshots::MemorySnapshots;
pub use store::MemoryStore;
