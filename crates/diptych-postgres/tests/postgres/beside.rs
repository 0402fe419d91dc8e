//! Keys and snapshots, and what opening a database finds.

use diptych_core::{
    Position,
    keys::{KeyState, KeyStore, WrappedKey},
    snapshot::{Snapshot, SnapshotStore},
};
use diptych_postgres::{OpenError, PostgresDatabase, PostgresOptions};
use futures::future::join_all;

use crate::server::{Place, run};

fn key(text: &str) -> WrappedKey {
    WrappedKey(text.as_bytes().to_vec())
}

#[test]
fn the_first_key_of_a_person_stays_until_it_is_destroyed_for_ever() {
    run(async {
        let place = Place::new();
        let keys = place.opened().await.keys();
        assert_eq!(keys.get("USR-1").await.unwrap(), KeyState::Absent);
        let puts = (0..20).map(|n| {
            let keys = keys.clone();
            tokio::spawn(async move { keys.put_if_absent("USR-1", key(&format!("key {n}"))).await.unwrap() })
        });
        let states: Vec<_> = join_all(puts).await.into_iter().map(Result::unwrap).collect();
        let kept = keys.get("USR-1").await.unwrap();
        assert!(matches!(kept, KeyState::Present(_)));
        assert!(states.iter().all(|state| *state == kept), "{states:?}");
        keys.destroy("USR-1").await.unwrap();
        assert_eq!(keys.put_if_absent("USR-1", key("new")).await.unwrap(), KeyState::Destroyed);
        assert_eq!(keys.master_check(vec![1]).await.unwrap(), [1]);
        assert_eq!(keys.master_check(vec![2]).await.unwrap(), [1]);
    });
}

#[test]
fn the_newest_snapshot_stays() {
    run(async {
        let place = Place::new();
        let snapshots = place.opened().await.snapshots();
        let at = |position, version| Snapshot {
            position: Position::new(position),
            folded: position,
            version,
            state: b"{}".to_vec(),
        };
        assert_eq!(snapshots.load("s").await.unwrap(), None);
        for (saved, kept) in [(at(5, 1), at(5, 1)), (at(3, 1), at(5, 1)), (at(2, 2), at(2, 2))] {
            snapshots.save("s", saved).await.unwrap();
            assert_eq!(snapshots.load("s").await.unwrap(), Some(kept));
        }
    });
}

#[test]
fn many_who_open_a_new_database_at_once_find_one_schema() {
    run(async {
        let place = Place::new();
        let opened = join_all((0..6).map(|_| place.opened())).await;
        assert_eq!(opened.len(), 6);
    });
}

#[test]
fn a_database_of_a_newer_release_is_left_alone() {
    run(async {
        let place = Place::new();
        drop(place.opened().await);
        let sql = format!("UPDATE {}.diptych_schema SET version = 99", place.schema);
        Place::client().await.batch_execute(&sql).await.unwrap();
        let options = PostgresOptions { schema: place.schema.clone(), ..PostgresOptions::default() };
        let error = PostgresDatabase::open(&Place::url(), options).await.unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error}");
    });
}
