//! The folder as a killed server has left it, read by SQLite itself and not by the store.
//!
//! What is read is a copy: to open the files is to recover them, which is the next server's work.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use rusqlite::{Connection, Row};

use super::{
    command::{Said, Sent},
    fold::Order,
    writers::Tried,
};

/// One event of `log.db`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) position: u64,
    pub(super) category: String,
    pub(super) id: String,
    pub(super) revision: u64,
    pub(super) kind: String,
    pub(super) correlation: String,
}

impl Left {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            position: number(row, 0)?,
            category: row.get(1)?,
            id: row.get(2)?,
            revision: number(row, 3)?,
            kind: row.get(4)?,
            correlation: row.get(5)?,
        })
    }
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.try_into().expect("it is not negative"))
}

/// A copy of the log's file with its write-ahead log; it must be whole.
fn copied<T>(folder: &Path, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> T {
    let copy = tempfile::tempdir().unwrap();
    for name in ["log.db", "log.db-wal"] {
        if folder.join(name).exists() {
            std::fs::copy(folder.join(name), copy.path().join(name)).unwrap();
        }
    }
    let connection = Connection::open(copy.path().join("log.db")).unwrap();
    let state: String = connection.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
    assert_eq!(state, "ok");
    read(&connection).unwrap()
}

/// The events after a position.
pub(super) fn events(folder: &Path, after: u64) -> Vec<Left> {
    const SQL: &str =
        "SELECT e.position, c.name, s.name, e.revision, t.name, e.correlation_id FROM diptych_events e
        JOIN diptych_streams s ON s.id = e.stream JOIN diptych_categories c ON c.id = s.category
        JOIN diptych_types t ON t.id = e.type WHERE e.position > ? ORDER BY e.position";
    copied(folder, |log| log.prepare(SQL)?.query_map((i64::try_from(after).unwrap(),), Left::of)?.collect())
}

/// What was answered before the kill is there already, and nothing of what was refused.
pub(super) fn holds_all_that_was_answered(left: &[Left], tried: &[Tried]) {
    let by_command: BTreeMap<_, _> = left.iter().map(|left| (left.correlation.as_str(), left)).collect();
    for Tried { sent, said } in tried {
        let found = by_command.get(sent.key.as_str()).map(|left| (left.position, left.revision));
        match said {
            Some(Said::Taken(receipt)) if sent.records => {
                assert_eq!(found, Some((receipt.position, receipt.revision)), "{sent:?}");
            }
            Some(_) => assert_eq!(found, None, "{sent:?}"),
            None => {}
        }
    }
}

/// The inline tables are what the log folds to.
pub(super) fn tables_are_of(folder: &Path, orders: &BTreeMap<String, Order>) {
    let read = |log: &Connection| -> rusqlite::Result<BTreeMap<String, (String, u64)>> {
        let sql = "SELECT o.order_id, o.status, (SELECT count(*) FROM order_items i WHERE i.order_id = o.order_id) FROM orders o";
        let of = |row: &Row<'_>| Ok((row.get(0)?, (row.get(1)?, number(row, 2)?)));
        log.prepare(sql)?.query_map((), of)?.collect()
    };
    let rows = copied(folder, read);
    let folded = orders
        .iter()
        .map(|(id, order)| (id.clone(), (order.status.to_owned(), u64::try_from(order.lines).unwrap())));
    let folded: BTreeMap<_, _> = folded.collect();
    assert_eq!(rows, folded);
}

/// A key is kept for every command that was taken, and for no other.
pub(super) fn keys_are_of(folder: &Path, settled: &[(Sent, Said)]) {
    let read = |log: &Connection| -> rusqlite::Result<Vec<String>> {
        log.prepare("SELECT key FROM diptych_notes WHERE key IS NOT NULL")?
            .query_map((), |row| row.get(0))?
            .collect()
    };
    let kept = copied(folder, read);
    let taken = settled.iter().filter(|(_, said)| said.is_taken()).map(|(sent, _)| sent.key.as_str());
    let taken: BTreeSet<_> = taken.collect();
    assert_eq!(kept.len(), taken.len());
    // A kept key begins with whose it is.
    for key in &kept {
        assert!(taken.iter().any(|taken| key.ends_with(taken)), "{key} is of no command that was taken");
    }
}
