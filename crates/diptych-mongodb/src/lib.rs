//! Read models of documents in MongoDB: a collection for each generation, and small records beside them.
//!
//! Read `engine.rs` first; then `collection.rs`, where documents that are not newer are refused; `body.rs`, a document as BSON;
//! `query.rs`, how questions become filters; `reader.rs`. What holds:
//!
//! - No transaction is needed: each document is written under the guard of its own stamp, and the place follows, by compare-and-set.
//! - Values that people give stand where values stand (`$in: [...]`), never where operators do.
//! - It does not search by words; it says so.
//! - A server that does not answer is given up after some seconds, and tried again by whoever asked.

mod body;
mod collection;
mod engine;
mod failure;
mod query;
mod reader;

pub use engine::MongoEngine;
