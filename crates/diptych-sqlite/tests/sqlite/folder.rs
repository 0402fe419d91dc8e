//! Whose a folder is: made, locked, refused, and found again after a crash.

use std::{fs, path::Path};

use diptych_core::EventStore;
use diptych_sqlite::{OpenError, SqliteFolder, SqliteOptions};
use diptych_testkit::{
    deadline::run,
    draft::{append, event, log, several},
};
use rusqlite::Connection;

use crate::Folder;

fn refused(path: &Path) -> OpenError {
    match SqliteFolder::open(path, SqliteOptions::default()) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error,
    }
}

/// Names and contents of all files of a folder.
fn content(path: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap_or_default())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_folder_is_made_with_those_above_it() {
    let place = Folder::new();
    let path = place.path().join("a/b/shop");
    SqliteFolder::open(&path, SqliteOptions::default()).unwrap();
    for file in ["log.db", "keys.db", "snapshots.db", "models", "lock"] {
        assert!(path.join(file).exists(), "{file}");
    }
}

#[test]
fn a_second_opening_is_told_who_holds_the_folder() {
    let place = Folder::new();
    let first = place.opened();
    let error = refused(place.path());
    assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
    let text = error.to_string();
    let process = format!("is being served by process {}, since 20", std::process::id());
    assert!(text.contains(&process) && text.contains("--url"), "{text}");
    drop(first);
}

#[test]
fn closing_the_store_lets_another_process_in() {
    run(async {
        let place = Folder::new();
        let first = place.opened();
        first.store().close().await.unwrap();
        place.opened();
    });
}

#[test]
fn a_folder_with_other_things_in_it_is_left_as_it_is() {
    let place = Folder::new();
    fs::write(place.path().join("letter.txt"), "dear").unwrap();
    let before = content(place.path());
    let error = refused(place.path());
    assert!(matches!(error, OpenError::Foreign { .. }), "{error:?}");
    assert_eq!(content(place.path()), before);
}

#[test]
fn a_log_of_another_program_is_left_as_it_is() {
    let place = Folder::new();
    let file = place.path().join("log.db");
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE t (x); PRAGMA application_id = 7").unwrap();
    let before = content(place.path());
    assert!(matches!(refused(place.path()), OpenError::Foreign { .. }));
    assert_eq!(content(place.path()), before);

    fs::write(&file, "not a database, but longer than a header would be".repeat(9)).unwrap();
    assert!(matches!(refused(place.path()), OpenError::Foreign { .. }));
}

#[test]
fn a_folder_that_a_newer_release_wrote_is_refused() {
    run(async {
        let place = Folder::new();
        let folder = place.opened();
        append(&*folder.store(), [event("account/1", "Opened")]).await;
        folder.store().close().await.unwrap();
        drop(folder);
        let log = Connection::open(place.path().join("log.db")).unwrap();
        log.pragma_update(None, "user_version", 99).unwrap();
        drop(log);
        let error = refused(place.path());
        assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error:?}");
        assert!(error.to_string().contains("newer release"), "{error}");
    });
}

#[test]
fn a_file_in_place_of_the_folder_is_told() {
    let place = Folder::new();
    let path = place.path().join("shop");
    fs::write(&path, "x").unwrap();
    assert!(matches!(refused(&path), OpenError::Foreign { .. }));
    assert!(matches!(refused(&path.join("below")), OpenError::Foreign { .. }));
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    // The rights of files do not bind root, but nobody may make files under /proc.
    let error = refused(Path::new("/proc/self/fdinfo/shop"));
    assert!(matches!(error, OpenError::ReadOnly { .. } | OpenError::Broken { .. }), "{error:?}");
    assert!(error.to_string().contains("/proc/self/fdinfo/shop"), "{error}");
}

#[test]
fn snapshots_that_cannot_be_read_are_begun_anew() {
    let place = Folder::new();
    drop(place.opened());
    fs::write(place.path().join("snapshots.db"), "garbage".repeat(900)).unwrap();
    place.opened();
}

/// What a crash leaves: every file as it is at this moment, without any of them being closed.
fn crashed(place: &Folder) -> Folder {
    let copy = Folder::new();
    for entry in fs::read_dir(place.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    copy
}

#[test]
fn what_was_acknowledged_is_there_after_a_crash_and_what_was_refused_is_not() {
    run(async {
        let place = Folder::new();
        let store = place.store();
        append(&*store, several(3, "account/1", "Opened")).await;
        let before = log(&*store).await;
        let left = crashed(&place);
        append(&*store, several(2, "account/1", "Closed")).await;

        let again = left.store();
        assert_eq!(log(&*again).await, before);
        let next = append(&*again, [event("account/1", "Closed")]).await;
        assert_eq!(next.events[0].metadata.revision.get(), 3);
    });
}

#[test]
fn a_folder_whose_making_was_cut_off_is_taken() {
    let place = Folder::new();
    for file in ["lock", "log.db"] {
        fs::write(place.path().join(file), "").unwrap();
    }
    place.opened();
}
