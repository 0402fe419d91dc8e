//! The embedded event store and read models, on SQLite: `sqlite:FOLDER`.
//!
//! Read [`folder`](SqliteFolder) first: what stands in a folder. Then `append`, how events get to the disk; `read`, how they are
//! found; `models`, how read models are kept; `inline`, those that stand beside the events. `brief` and `pool`, where
//! reads run; `statement`, `guard` and `reader` are what statements of others run through; `schema` and `lock` look after the files.
//!
//! What holds: one process serves a folder and one thread writes its log, so commit order is position order. An append
//! is answered after its commit was synced. Nothing is attached to anything: a commit is one of one file.

mod append;
mod backup;
mod brief;
mod failure;
mod folder;
mod grouped;
mod guard;
mod inline;
mod keys;
mod lock;
mod models;
mod notes;
mod open_error;
mod options;
mod pack;
mod planned;
mod pool;
mod read;
mod reader;
mod schema;
mod snapshots;
mod statement;
mod store;
mod varint;
mod watch;

pub use backup::{Copying, Goes, backup, restore};
pub use folder::SqliteFolder;
pub use keys::SqliteKeys;
pub use models::SqliteEngine;
pub use open_error::OpenError;
pub use options::SqliteOptions;
pub use planned::migrations;
pub use snapshots::SqliteSnapshots;
pub use store::SqliteStore;
