//! The files: opening one, telling whose it is, and bringing its schema up to date.
//!
//! Every file of ours carries an `application_id` from its first byte on, and the number of its last migration as
//! `user_version`. A file is made in one transaction under a rollback journal and only then turned to WAL, so a crash in
//! between leaves an empty file or a whole one, never one that cannot be told to be ours.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use rusqlite::{Connection, ErrorCode, MAIN_DB, TransactionBehavior, config::DbConfig};

use crate::open_error::OpenError;

/// One kind of file.
pub(crate) struct Schema {
    /// Tells our kinds of files apart.
    application_id: i32,
    /// In order; the n-th brings the file to `user_version` n. Released ones never change.
    migrations: &'static [&'static str],
}

/// `log.db`.
pub(crate) const LOG: Schema =
    Schema { application_id: 0x4469_704c, migrations: &[include_str!("../sql/log/0001_log.sql")] };
/// One generation of a read model.
pub(crate) const MODEL: Schema = Schema {
    application_id: 0x4469_704d,
    migrations: &[include_str!("../sql/model/0001_model.sql"), include_str!("../sql/model/0002_parked.sql")],
};
/// `keys.db`.
pub(crate) const KEYS: Schema =
    Schema { application_id: 0x4469_704b, migrations: &[include_str!("../sql/keys/0001_keys.sql")] };
/// `snapshots.db`.
pub(crate) const SNAPSHOTS: Schema = Schema {
    application_id: 0x4469_7053,
    migrations: &[include_str!("../sql/snapshots/0001_snapshots.sql")],
};

/// Who has made a log, by what stands in its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// There is none, or it is empty.
    Nobody,
    /// We.
    Diptych,
    /// Another program.
    Other,
}

/// Where a database file has its `application_id`, in bytes from its start, big-endian; see sqlite.org/fileformat2.html.
const APPLICATION_ID: std::ops::Range<usize> = 68..72;

/// Who has made a log. It is not opened as a database, which would leave files beside it.
///
/// # Errors
/// What the system said.
pub(crate) fn owner(log: &Path) -> io::Result<Owner> {
    let mut start = Vec::new();
    match File::open(log) {
        Ok(file) => file.take(100).read_to_end(&mut start)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Owner::Nobody),
        Err(error) => return Err(error),
    };
    let id = start.get(APPLICATION_ID).filter(|_| start.starts_with(b"SQLite format 3\0"));
    Ok(match id {
        None if start.is_empty() => Owner::Nobody,
        Some(id) if id == LOG.application_id.to_be_bytes() => Owner::Diptych,
        None | Some(_) => Owner::Other,
    })
}

/// Whether a log was being made, under a rollback journal, when the power failed or the process was killed.
pub(crate) fn has_journal(log: &Path) -> bool {
    let mut journal = log.as_os_str().to_owned();
    journal.push("-journal");
    Path::new(&journal).exists()
}

/// What a commit promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Synced before it is acknowledged.
    Synced,
    /// In order, but the last ones may be lost with the machine's power: for what can be made again.
    Replayable,
    /// As above, and never synced: for what does not outlive the process.
    Fleeting,
}

impl Durability {
    const fn synchronous(self) -> &'static str {
        match self {
            Self::Synced => "FULL",
            Self::Replayable => "NORMAL",
            Self::Fleeting => "OFF",
        }
    }
}

impl Schema {
    /// Opens a file for writing; makes it where there is none.
    ///
    /// # Errors
    /// [`OpenError`] where it is not ours, newer than this program, read-only or damaged. It is then as it was.
    pub(crate) fn open(&self, file: &Path, durability: Durability) -> Result<Connection, OpenError> {
        let mut connection = Connection::open(file).map_err(|error| OpenError::sqlite(file, error))?;
        self.adopt(file, &mut connection)?;
        settle(&connection, durability).map_err(|error| OpenError::sqlite(file, error))?;
        Ok(connection)
    }

    fn adopt(&self, file: &Path, connection: &mut Connection) -> Result<(), OpenError> {
        let wrap = |error| OpenError::sqlite(file, error);
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        let not_ours = |error: rusqlite::Error| {
            if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) {
                OpenError::Foreign {
                    path: file.to_owned(),
                    found: "a file that is no SQLite database".to_owned(),
                }
            } else {
                OpenError::sqlite(file, error)
            }
        };
        let (id, version) =
            (pragma("application_id").map_err(not_ours)?, pragma("user_version").map_err(wrap)?);
        let tables =
            connection.query_row(include_str!("../sql/objects_count.sql"), [], |row| row.get::<_, i64>(0));
        let fresh = id == 0 && version == 0 && tables.map_err(wrap)? == 0;
        if !fresh && id != self.application_id {
            let found = format!("a database of another program (application id {id})");
            return Err(OpenError::Foreign { path: file.to_owned(), found });
        }
        let known = i32::try_from(self.migrations.len()).unwrap_or(i32::MAX);
        self.steps(file, version)?;
        if connection.is_readonly(MAIN_DB).map_err(wrap)? {
            return Err(OpenError::ReadOnly { path: file.to_owned() });
        }
        if version < known { self.migrate(connection, version).map_err(wrap) } else { Ok(()) }
    }

    /// From a version to the newest.
    ///
    /// # Errors
    /// [`OpenError::Newer`] where this program does not know the version.
    pub(crate) fn steps(&self, file: &Path, version: i32) -> Result<&'static [&'static str], OpenError> {
        let known = i32::try_from(self.migrations.len()).unwrap_or(i32::MAX);
        let done = usize::try_from(version).unwrap_or(0);
        self.migrations.get(done..).ok_or_else(|| OpenError::Newer {
            path: file.to_owned(),
            found: version,
            known,
        })
    }

    fn migrate(&self, connection: &mut Connection, from: i32) -> rusqlite::Result<()> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = usize::try_from(from).unwrap_or(0);
        for sql in self.migrations.iter().skip(done) {
            transaction.execute_batch(sql)?;
        }
        transaction.pragma_update(None, "application_id", self.application_id)?;
        transaction.pragma_update(
            None,
            "user_version",
            i64::try_from(self.migrations.len()).unwrap_or(i64::MAX),
        )?;
        transaction.commit()
    }
}

/// Pages of WAL after which a commit moves them into the file: 16 MiB.
pub(crate) const CHECKPOINT_PAGES: i32 = 4_096;
/// A WAL that grew beyond this, in bytes, is cut back when it is begun anew.
const WAL_LIMIT: i64 = 64 << 20;

fn settle(connection: &Connection, durability: Durability) -> rusqlite::Result<()> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        tracing::warn!(mode, "the file system does not allow a write-ahead log; reads will wait for writes");
    }
    connection.pragma_update(None, "synchronous", durability.synchronous())?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", WAL_LIMIT)?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // What a savepoint may have to put back, too: it is small, and belongs in no file of the system's temporary folder.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    keep_statements(connection)
}

/// Prepared statements kept per connection.
const STATEMENTS: usize = 128;

/// Keeps prepared statements, and keeps them prepared: without the guarantee of stable plans SQLite parses a statement
/// again whenever another value is bound to its limit or to a bound of a range.
pub(crate) fn keep_statements(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}
