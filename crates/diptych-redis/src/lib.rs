//! Read models in Redis: a hash for each document, sorted sets for the lists they stand in, and one script that writes.
//!
//! Read `engine.rs` first, then `lua/commit.lua`, which is where the guard is. `lists.rs` says how an order of several fields becomes that
//! of a sorted set; `reader.rs` reads. What holds:
//!
//! - Documents and place change in one script, which runs alone: a reader sees all of it or nothing.
//! - All keys of a generation begin with the same `{tag}`, so that they are in one slot of a cluster.
//! - A server that may evict what it was given is refused: a read model with holes in it would answer that things are not there.
//! - It does not search by words; it says so.
//!
//! As a cache before another read model (`cache.rs`) it may evict and lose what it likes.
//!
//! Redis answers before its disk has it, unless it is told otherwise (`appendfsync always`). What it loses with the machine it
//! loses from the end, documents and place together, and the projection goes on from the place that is there.

mod cache;
mod collection;
mod connection;
mod engine;
mod failure;
mod lists;
mod reader;

pub use cache::RedisCache;
pub use connection::{RedisUrl, RedisUrlError};
pub use engine::RedisEngine;
