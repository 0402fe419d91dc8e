//! `shop migrate` says what a store needs, does it, and is what a start does.

use diptych_testkit::postgres::{self, Schemas};

use crate::{
    program::{Program, output, text},
    restart::folder,
};

async fn migrate(store: &str, more: &[&str]) -> String {
    let told = output(&[&["--store", store, "migrate"], more].concat()).await;
    assert!(told.status.success(), "{}", text(&told.stderr));
    text(&told.stdout)
}

async fn is_told_then_done_then_nothing_is_left(store: &str, table: &str) {
    for _ in 0..2 {
        let told = migrate(store, &["--dry-run"]).await;
        assert!(told.contains(table), "{told}");
    }
    assert!(migrate(store, &[]).await.contains("has been brought up to date"));
    for more in [&["--dry-run"][..], &[]] {
        assert!(migrate(store, more).await.contains("is up to date"));
    }
    Program::serving(store).await.kill().await;
    assert!(migrate(store, &["--dry-run"]).await.contains("is up to date"));
}

#[tokio::test]
async fn a_folder_is_told_of_then_made() {
    let (folder, store) = folder();
    is_told_then_done_then_nothing_is_left(&store, "CREATE TABLE diptych_events").await;
    assert!(folder.path().join("store").join("log.db").exists());
}

#[tokio::test]
async fn tables_in_a_database_are_told_of_then_made() {
    if !postgres::is_there() {
        return;
    }
    let schemas = Schemas::fresh();
    let store = schemas.url();
    let table = format!("CREATE TABLE {}.diptych_events", schemas.name());
    is_told_then_done_then_nothing_is_left(&store, &table).await;
    let told = migrate("memory:", &["--dry-run"]).await;
    assert!(told.contains("is up to date"), "{told}");
}
