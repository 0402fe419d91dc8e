//! Embedded search: read models of documents in Tantivy, in a folder or in memory.
//!
//! Read `engine.rs` first: a folder per generation, and the small records beside them; then `collection.rs`, where a batch and its place
//! are one commit; `schema.rs`, what is indexed of a document; `query.rs`, how questions become queries, term by term;
//! `ranked.rs`, what comes first; `reader.rs`, one moment that is read.
//!
//! What holds: documents and place change in one commit, and a reader sees one commit. One process writes a folder, held by
//! Tantivy's lock; another is refused until it ends. A folder is the log's to make again: whatever is lost of it is filled in.
//! No text reaches Tantivy's query parser, which is not used at all.

mod collection;
mod engine;
mod failure;
mod query;
mod ranked;
mod reader;
mod schema;

pub use engine::TantivyFolder;
