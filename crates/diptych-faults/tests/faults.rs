//! The disk does what it says: to plain SQLite, which is known to stand all of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use diptych_faults::{Counts, Disk, Operation, Plan, Syncs, Trouble};
use rusqlite::{Connection, ErrorCode, Result};

fn opened(folder: &Path) -> Result<Connection> {
    let connection = Connection::open(folder.join("t.db"))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch("CREATE TABLE IF NOT EXISTS t (x INTEGER PRIMARY KEY, y)")?;
    Ok(connection)
}

fn insert(connection: &Connection, x: i64) -> Result<()> {
    connection.execute("INSERT INTO t VALUES (?1, randomblob(3000))", [x]).map(drop)
}

/// Inserts rows until something fails; answers how many were acknowledged.
fn session(folder: &Path) -> i64 {
    let Ok(connection) = opened(folder) else { return 0 };
    for x in 0..6 {
        if insert(&connection, x).is_err() {
            return x;
        }
    }
    6
}

fn rows(folder: &Path) -> Vec<i64> {
    let connection = opened(folder).unwrap();
    let mut statement = connection.prepare("SELECT x FROM t ORDER BY x").unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Runs a session that the power is cut in; answers how many rows were acknowledged and which are there, and whether
/// the power was cut at all.
fn cut_at(at: u64, syncs: Syncs) -> (i64, Vec<i64>, bool) {
    let place = tempfile::tempdir().unwrap();
    let disk = Disk::of(place.path(), Plan::of(Trouble::PowerCut(at), at).syncs(syncs)).unwrap();
    let acknowledged = session(place.path());
    let was_cut = disk.is_off();
    disk.after_the_cut().unwrap();
    (acknowledged, rows(place.path()), was_cut)
}

#[test]
fn after_a_power_cut_what_was_acknowledged_is_there() {
    for at in 1.. {
        let (acknowledged, rows, was_cut) = cut_at(at, Syncs::Honest);
        assert!(
            rows.iter().copied().eq(0..acknowledged) || rows.iter().copied().eq(0..=acknowledged),
            "{at}"
        );
        if !was_cut {
            assert_eq!(rows.len(), 6);
            return;
        }
    }
}

#[test]
fn where_syncs_lie_something_is_lost() {
    let lost = (1..400).any(|at| {
        let cut = std::panic::catch_unwind(|| cut_at(at, Syncs::Lying));
        cut.map_or(true, |(acknowledged, rows, _)| i64::try_from(rows.len()).unwrap() < acknowledged)
    });
    assert!(lost);
}

#[test]
fn every_operation_can_be_hit_once() {
    let mut hit = Vec::new();
    for at in 1.. {
        let place = tempfile::tempdir().unwrap();
        let plan = Plan::of(Trouble::Once(at), at).counting(Counts::Everything);
        let disk = Disk::of(place.path(), plan).unwrap();
        let acknowledged = session(place.path());
        let Some(struck) = disk.struck() else { break };
        if !hit.contains(&struck.operation) {
            hit.push(struck.operation);
        }
        assert!(
            rows(place.path()).iter().copied().take_while(|x| *x < acknowledged).eq(0..acknowledged),
            "{at}"
        );
    }
    use Operation::{Access, Delete, Lock, Map, MapLock, Open, Read, Size, Sync, Truncate, Write};
    for operation in [Open, Delete, Access, Read, Write, Truncate, Sync, Size, Lock, Map, MapLock] {
        assert!(hit.contains(&operation), "{operation:?} was never hit: {hit:?}");
    }
}

#[test]
fn a_full_disk_is_full_until_there_is_room() {
    let place = tempfile::tempdir().unwrap();
    drop(opened(place.path()).unwrap());
    let disk = Disk::of(place.path(), Plan::of(Trouble::Full(1), 0)).unwrap();
    disk.mend();
    let connection = opened(place.path()).unwrap();
    insert(&connection, 0).unwrap();
    drop((connection, disk));
    let disk = Disk::of(place.path(), Plan::of(Trouble::Full(8), 0)).unwrap();
    let connection = opened(place.path()).unwrap();
    let refused = (1..9).find_map(|x| insert(&connection, x).err()).unwrap();
    assert_eq!(refused.sqlite_error_code(), Some(ErrorCode::DiskFull));
    disk.mend();
    insert(&connection, 99).unwrap();
}

#[test]
fn a_folder_beside_it_is_not_touched() {
    let (place, beside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let disk = Disk::of(place.path(), Plan::of(Trouble::Lasting(1), 0)).unwrap();
    assert!(opened(place.path()).is_err());
    assert_eq!(session(beside.path()), 6);
    assert_eq!(disk.struck().unwrap().operation, Operation::Open);
}
