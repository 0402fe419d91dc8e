//! Read models of documents, searched by words, in Elasticsearch and OpenSearch: `elasticsearch+http(s)://…`, `opensearch+http(s)://…`.
//!
//! Read `engine.rs` first: what stands in a cluster. Then `collection.rs`, how a batch becomes searchable before its place is set;
//! `bulk.rs`, how documents are written and judged one by one; `record.rs`, how the place is set by compare-and-set; `mapping.rs`, what a
//! shape becomes and what a document is sent as; `query.rs` and `reader.rs`, how documents are found. `server.rs` speaks HTTP, `failure.rs` says
//! what an answer means, `names.rs` what things are called there, `options.rs` what a URL says.
//!
//! What holds: a document is written with its stamp as external version, so that the server refuses what is not newer; deleting is writing a
//! tombstone. Nothing that somebody typed is given to the server as a query: it is cut into words here, and these are asked for as
//! terms. Both servers are spoken to alike, by what both have had since Elasticsearch 7.10 and OpenSearch 1.0.

mod bulk;
mod collection;
mod engine;
mod failure;
mod mapping;
mod names;
mod open_error;
mod options;
mod query;
mod reader;
mod record;
mod server;
mod tls;

pub use engine::ElasticsearchEngine;
pub use failure::Told;
pub use open_error::OpenError;
pub use options::ElasticsearchOptions;
