//! Keys and snapshots, the contracts' fixtures; and what opening a database finds.

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::{keys::KeyStore, snapshot::SnapshotStore};
use diptych_postgres::{OpenError, PostgresDatabase, PostgresOptions};
use diptych_testkit::contract::{keys::KeyFixture, snapshots::SnapshotFixture};
use futures::future::join_all;

use crate::server::{Place, run};

#[async_trait]
impl KeyFixture for Place {
    async fn open(&self) -> Arc<dyn KeyStore> {
        self.opened().await.keys()
    }

    async fn reopen(&self) -> Option<Arc<dyn KeyStore>> {
        Some(self.opened().await.keys())
    }
}

#[async_trait]
impl SnapshotFixture for Place {
    async fn open(&self) -> Arc<dyn SnapshotStore> {
        self.opened().await.snapshots()
    }

    async fn reopen(&self) -> Option<Arc<dyn SnapshotStore>> {
        Some(self.opened().await.snapshots())
    }
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
