//! The event store and read models on PostgreSQL, for several processes on one database: `postgres://…`.
//!
//! Read [`database`](PostgresDatabase) first: what stands in a database. Then `append`, how events get there, with the reasoning
//! about order beside `sql/append/begin.sql`; `read`, how they are found; `watch`, how news travels; `peers`, which node runs what; `models`, how read models
//! are kept; `inline`, those that stand beside the events. `statement`, `pipeline`, `guard`, `value` and `reader` are what
//! statements of others run through; `schema` and `migrate` look after the tables, `server` and `pool` after connections.
//!
//! What holds: whoever appends holds one lock for the database's log, taken in an earlier statement than anything is looked
//! at, so commit order is position order across processes. An append is answered after the server has synced its commit.
//! No statement relies on the state of a session (LISTEN apart), so a transaction-mode pooler may stand between.

mod append;
mod database;
mod failure;
mod guard;
mod inline;
mod keys;
mod migrate;
mod models;
mod notes;
mod numeric;
mod open_error;
mod options;
mod peers;
mod pipeline;
mod pool;
mod read;
mod reader;
mod schema;
mod server;
mod snapshots;
mod statement;
mod store;
mod value;
mod watch;

pub use database::PostgresDatabase;
pub use keys::PostgresKeys;
pub use models::PostgresEngine;
pub use open_error::OpenError;
pub use options::PostgresOptions;
pub use peers::PostgresPeers;
pub use snapshots::PostgresSnapshots;
pub use store::PostgresStore;
