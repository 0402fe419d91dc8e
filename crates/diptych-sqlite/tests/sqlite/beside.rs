//! Keys and snapshots, each in a file of its own.

use std::fs;

use diptych_core::{
    Position,
    keys::{KeyState, KeyStore, WrappedKey},
    snapshot::{Snapshot, SnapshotStore},
};
use diptych_testkit::deadline::run;
use futures::future::join_all;

use crate::Folder;

fn key(text: &str) -> WrappedKey {
    WrappedKey(text.as_bytes().to_vec())
}

#[test]
fn the_first_key_of_a_person_stays_also_when_many_come_at_once() {
    run(async {
        let place = Folder::new();
        let keys = place.opened().keys();
        assert_eq!(keys.get("USR-1").await.unwrap(), KeyState::Absent);
        let puts = (0..50).map(|n| {
            let keys = keys.clone();
            tokio::spawn(async move { keys.put_if_absent("USR-1", key(&format!("key {n}"))).await.unwrap() })
        });
        let states: Vec<_> = join_all(puts).await.into_iter().map(Result::unwrap).collect();
        let kept = keys.get("USR-1").await.unwrap();
        assert!(matches!(kept, KeyState::Present(_)));
        assert!(states.iter().all(|state| *state == kept), "{states:?}");
    });
}

#[test]
fn a_key_that_was_destroyed_is_in_no_file_and_never_comes_back() {
    run(async {
        let place = Folder::new();
        let keys = place.opened().keys();
        let planted = "planted key bytes 0123456789";
        keys.put_if_absent("USR-1", key(planted)).await.unwrap();
        keys.put_if_absent("USR-2", key("another key")).await.unwrap();
        keys.destroy("USR-1").await.unwrap();
        assert_eq!(keys.put_if_absent("USR-1", key("new")).await.unwrap(), KeyState::Destroyed);
        assert_eq!(keys.get("USR-1").await.unwrap(), KeyState::Destroyed);
        assert_eq!(keys.get("USR-2").await.unwrap(), KeyState::Present(key("another key")));
        for file in ["keys.db", "keys.db-wal"] {
            let bytes = fs::read(place.path().join(file)).unwrap_or_default();
            assert!(!bytes.windows(planted.len()).any(|part| part == planted.as_bytes()), "{file}");
        }
    });
}

#[test]
fn keys_and_the_master_check_are_there_again() {
    run(async {
        let place = Folder::new();
        let folder = place.opened();
        assert_eq!(folder.keys().master_check(vec![1]).await.unwrap(), [1]);
        assert_eq!(folder.keys().master_check(vec![2]).await.unwrap(), [1]);
        folder.keys().put_if_absent("USR-1", key("k")).await.unwrap();
        folder.keys().destroy("USR-2").await.unwrap();
        drop(folder);
        let folder = place.opened();
        assert_eq!(folder.keys().get("USR-1").await.unwrap(), KeyState::Present(key("k")));
        assert_eq!(folder.keys().get("USR-2").await.unwrap(), KeyState::Destroyed);
        assert_eq!(folder.keys().master_check(vec![3]).await.unwrap(), [1]);
    });
}

#[test]
fn an_older_snapshot_does_not_replace_a_newer_one_but_another_schema_does() {
    run(async {
        let place = Folder::new();
        let snapshots = place.opened().snapshots();
        let at = |position, version| Snapshot {
            position: Position::new(position),
            folded: position,
            version,
            state: b"{}".to_vec(),
        };
        for (saved, kept) in [(at(5, 1), at(5, 1)), (at(3, 1), at(5, 1)), (at(2, 2), at(2, 2))] {
            snapshots.save("k", saved).await.unwrap();
            assert_eq!(snapshots.load("k").await.unwrap(), Some(kept));
        }
        assert_eq!(snapshots.load("other").await.unwrap(), None);
    });
}
