//! The same by hand: the least that each job needs, on rusqlite and nothing of ours.
//!
//! `log.rs` is a log with streams, revisions and tags; `grouped.rs` a thread that groups what waits; `model.rs` the balances,
//! filled from such a log; `server.rs` an axum handler around one statement; `postgres/` the same on PostgreSQL. All of them sync as we do, write the payload
//! bytes that we write, and keep statements prepared as we do.

pub(crate) mod grouped;
pub(crate) mod log;
pub(crate) mod model;
pub(crate) mod postgres;
pub(crate) mod server;

use std::path::Path;

use rusqlite::{Connection, config::DbConfig};

/// What a commit promises.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sync {
    Full,
    Normal,
}

/// Opens a file as ours are opened.
///
/// # Errors
/// What SQLite said.
pub(crate) fn open(file: &Path, sync: Sync) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    let synchronous = match sync {
        Sync::Full => "FULL",
        Sync::Normal => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    // As many pages as ours: with SQLite's own 1,000 it would move pages into the file four times as often.
    connection.pragma_update(None, "wal_autocheckpoint", 4_096)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Without it SQLite parses a statement again whenever another value is bound to a bound of a range.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}
