//! What the writer does when the disk is full, and when its connection is good for nothing.

use std::sync::Arc;

use diptych_core::{Append, AppendCondition, BoxError, EventStore};
use diptych_core::{
    AppendError, Failure, FailureKind, InlineProjection, Position, ProjectionSpec, RecordedEvent, Tx,
};
use diptych_testkit::{
    deadline::run,
    draft::{Draft, append, conditional, event, head, log, several},
};
use tempfile::TempDir;

use super::Writer;
use crate::{SqliteFolder, SqliteOptions, SqliteStore};

fn opened() -> (TempDir, Arc<SqliteStore>) {
    let place = tempfile::tempdir().unwrap();
    let store = SqliteFolder::open(place.path(), SqliteOptions::default()).unwrap().store();
    (place, store)
}

async fn on_writer<T: Send + 'static>(
    store: &SqliteStore,
    work: impl FnOnce(&mut Writer<'_>) -> T + Send + 'static,
) -> T {
    store.queue.run(move |writer| Ok::<_, Failure>(work(writer))).await.unwrap()
}

fn large() -> Append {
    conditional([event("account/1", "Opened").payload(vec![b'x'; 100_000])], AppendCondition::default())
}

async fn failure(store: &SqliteStore, append: Append) -> Failure {
    match store.append(append).await.unwrap_err() {
        AppendError::Failure(failure) => failure,
        other @ (AppendError::Conflict(_) | AppendError::KeyUsed(_)) => panic!("{other:?}"),
    }
}

#[test]
fn a_full_disk_leaves_nothing_and_there_is_room_again_later() {
    run(async {
        let (_place, store) = opened();
        append(&*store, several(3, "account/1", "Opened")).await;
        let before = log(&*store).await;
        let limit = |pages: i64| {
            move |writer: &mut Writer<'_>| {
                let used: i64 =
                    writer.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
                let set =
                    writer
                        .connection
                        .pragma_update_and_check(None, "max_page_count", used + pages, |_| Ok(()));
                set.unwrap();
            }
        };
        on_writer(&store, limit(3)).await;
        for _ in 0..3 {
            let failure = failure(&store, large()).await;
            assert_eq!(failure.kind(), FailureKind::Unavailable, "{}", failure.chain());
            assert!(failure.chain().contains("the disk is full"), "{}", failure.chain());
            assert_eq!((log(&*store).await, head(&*store).await), (before.clone(), Position::new(3)));
        }
        on_writer(&store, limit(1_000)).await;
        let made = store.append(large()).await.unwrap();
        assert_eq!(made.events[0].metadata.revision.get(), 3);
    });
}

struct Rows;

#[async_trait::async_trait]
impl InlineProjection for Rows {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("rows").schema("CREATE TABLE rows_of_all (position INTEGER PRIMARY KEY)")
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx<'_>) -> Result<(), BoxError> {
        tx.execute("INSERT INTO rows_of_all VALUES ($1)", (event.position(),)).await?;
        Ok(())
    }
}

#[test]
fn a_connection_that_is_good_for_nothing_is_replaced_and_projections_stay_mounted() {
    run(async {
        let (_place, store) = opened();
        store.mount_inline(vec![Arc::new(Rows)]).await.unwrap();
        append(&*store, several(3, "account/1", "Opened")).await;
        on_writer(&store, |writer| writer.unusable = true).await;
        append(&*store, several(2, "account/1", "Opened")).await;
        assert_eq!(head(&*store).await, Position::new(5));
        let reader = store.inline_reader().await.unwrap();
        let rows = reader.query("SELECT count(*) AS n FROM rows_of_all", Vec::new()).await.unwrap();
        assert_eq!(rows[0].get::<i64>("n").unwrap(), 5);
    });
}
