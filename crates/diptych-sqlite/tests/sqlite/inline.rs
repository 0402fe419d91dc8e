//! Inline projections over several openings: brought up from where they were left, and made anew for a new version.

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::{BoxError, EventStore, FailureKind, InlineProjection, ProjectionSpec, RecordedEvent, Tx};
use diptych_testkit::{
    deadline::run,
    draft::{append, event, several},
};

use crate::Folder;

struct Counted {
    version: u32,
    schema: &'static str,
}

const FIRST: Counted = Counted {
    version: 1,
    schema: "CREATE TABLE counted (position INTEGER PRIMARY KEY); CREATE INDEX again ON counted (position)",
};
const SECOND: Counted =
    Counted { version: 2, schema: "CREATE TABLE counted (position INTEGER PRIMARY KEY, extra TEXT)" };

#[async_trait]
impl InlineProjection for Counted {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("counted").version(self.version).schema(self.schema)
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx<'_>) -> Result<(), BoxError> {
        tx.execute("INSERT INTO counted (position) VALUES ($1)", (event.position(),)).await?;
        Ok(())
    }
}

async fn count(store: &dyn EventStore) -> i64 {
    let reader = store.inline_reader().await.unwrap();
    let rows = reader.query("SELECT count(*) AS n FROM counted", Vec::new()).await.unwrap();
    rows[0].get("n").unwrap()
}

#[test]
fn one_that_was_left_out_for_a_while_is_brought_up_from_where_it_was_left() {
    run(async {
        let place = Folder::new();
        let store = place.store();
        append(&*store, several(1_200, "account/1", "Opened")).await;
        store.mount_inline(vec![Arc::new(FIRST)]).await.unwrap();
        append(&*store, several(2, "account/1", "Opened")).await;
        store.close().await.unwrap();

        let without = place.store();
        append(&*without, several(1_100, "account/1", "Opened")).await;
        without.close().await.unwrap();

        let again = place.store();
        append(&*again, [event("account/1", "Opened")]).await;
        again.mount_inline(vec![Arc::new(FIRST)]).await.unwrap();
        assert_eq!(count(&*again).await, 2_303);
        append(&*again, [event("account/1", "Opened")]).await;
        assert_eq!(count(&*again).await, 2_304);
    });
}

#[test]
fn a_new_version_has_its_tables_made_and_filled_anew() {
    run(async {
        let place = Folder::new();
        let store = place.store();
        store.mount_inline(vec![Arc::new(FIRST)]).await.unwrap();
        append(&*store, several(3, "account/1", "Opened")).await;
        store.mount_inline(vec![Arc::new(SECOND)]).await.unwrap();
        append(&*store, several(2, "account/1", "Opened")).await;
        assert_eq!(count(&*store).await, 5);
        let reader = store.inline_reader().await.unwrap();
        assert!(reader.query("SELECT extra FROM counted", Vec::new()).await.is_ok());
    });
}

#[test]
fn a_schema_that_does_not_apply_or_touches_our_tables_is_refused_and_leaves_nothing() {
    run(async {
        let place = Folder::new();
        let store = place.store();
        for schema in [
            "CREATE TABLE fine (x); CREATE TABLE",
            "CREATE TABLE fine (x); DROP TABLE diptych_events",
            "CREATE TABLE fine (x); COMMIT",
            "CREATE TABLE diptych_mine (x)",
        ] {
            let refused =
                store.mount_inline(vec![Arc::new(Counted { version: 1, schema })]).await.unwrap_err();
            assert!(refused.kind() != FailureKind::Unavailable, "{schema}: {}", refused.chain());
            append(&*store, [event("account/1", "Opened")]).await;
        }
        store.mount_inline(vec![Arc::new(FIRST)]).await.unwrap();
        assert_eq!(count(&*store).await, 4);
        let reader = store.inline_reader().await.unwrap();
        assert!(reader.query("SELECT * FROM fine", Vec::new()).await.is_err());
    });
}

#[test]
fn a_reader_of_the_tables_sees_one_moment() {
    run(async {
        let place = Folder::new();
        let store = place.store();
        store.mount_inline(vec![Arc::new(FIRST)]).await.unwrap();
        append(&*store, [event("account/1", "Opened")]).await;
        let reader = store.inline_reader().await.unwrap();
        let sql = "SELECT count(*) AS n FROM counted";
        for _ in 0..2 {
            assert_eq!(reader.query(sql, Vec::new()).await.unwrap()[0].get::<i64>("n").unwrap(), 1);
            append(&*store, [event("account/1", "Opened")]).await;
        }
        for statement in
            ["COMMIT", "BEGIN", "DELETE FROM counted", "PRAGMA query_only = 0", "ATTACH 'x' AS y"]
        {
            assert!(reader.query(statement, Vec::new()).await.is_err(), "{statement}");
        }
    });
}

#[test]
fn appends_go_on_while_one_is_filled_and_it_misses_none_of_them() {
    run(async {
        let place = Folder::new();
        let store = place.store();
        for _ in 0..12 {
            append(&*store, several(1_000, "account/1", "Opened")).await;
        }
        let mounting = async {
            store.mount_inline(vec![Arc::new(FIRST)]).await.unwrap();
        };
        let mut meanwhile = 0;
        tokio::pin!(mounting);
        loop {
            tokio::select! {
                biased;
                () = &mut mounting => break,
                _ = append(&*store, [event("account/2", "Opened")]) => meanwhile += 1,
            }
        }
        // Filling twelve pages takes as many turns of the writer, and an append is served between two of them.
        assert!(meanwhile >= 5, "{meanwhile} appends were made while it was filled");
        append(&*store, [event("account/1", "Opened")]).await;
        let all = i64::try_from(diptych_testkit::draft::log(&*store).await.len()).unwrap();
        assert_eq!(count(&*store).await, all);
        store.mount_inline(vec![Arc::new(SECOND)]).await.unwrap();
        assert_eq!(count(&*store).await, all);
    });
}
