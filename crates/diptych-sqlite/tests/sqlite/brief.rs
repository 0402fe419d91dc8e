//! Small batches are tried where they are handed in: what takes many steps is done again on another thread, and counts once.

use async_trait::async_trait;
use diptych_core::{
    Position, ProjectionError, ProjectionSpec, RecordedEvent, SqlProjection, Tx, model::SqlEngine,
};
use diptych_sqlite::SqliteEngine;
use diptych_testkit::{
    deadline::run,
    draft::{append, event, log},
};

use crate::Folder;

const LONG: &str = "INSERT INTO rows (name)
    WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 20000) SELECT 'long ' || x FROM n";

/// Puts down each event. At `Long` and `Careless` it runs a statement of many steps, and at the latter does not mind how
/// that ends; at `Wait` it waits for another task.
struct PutDown;

#[async_trait]
impl SqlProjection for PutDown {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("put_down").schema("CREATE TABLE rows (name TEXT NOT NULL)")
    }

    async fn apply(&self, events: &[RecordedEvent], tx: &mut Tx<'_>) -> Result<(), ProjectionError> {
        for event in events {
            let refuse = |source| ProjectionError { position: event.position(), source };
            let name = &*event.event_type;
            match name {
                "Long" => drop(tx.execute(LONG, ()).await.map_err(|error| refuse(error.into()))?),
                "Careless" => drop(tx.execute(LONG, ()).await),
                "Wait" => tokio::task::yield_now().await,
                _ => {}
            }
            let put = tx.execute("INSERT INTO rows (name) VALUES ($1)", (name,)).await;
            put.map_err(|error| refuse(error.into()))?;
        }
        Ok(())
    }
}

#[test]
fn a_small_batch_that_is_not_brief_counts_once() {
    run(async {
        let place = Folder::new();
        let store = place.store();
        for (kind, rows) in [("Brief", 3_i64), ("Wait", 3), ("Long", 20_003), ("Careless", 20_003)] {
            let models = SqliteEngine::in_memory().unwrap().models(std::sync::Arc::new(PutDown));
            let model = models.open(models.create().await.unwrap()).await.unwrap();
            let epoch = model.take_over("test").await.unwrap().epoch;
            append(&*store, ["A", kind, "A"].map(|name| event("thing/1", name)).to_vec()).await;
            let all = log(&*store).await;
            let head = all.last().unwrap().position();
            model.apply(all[all.len() - 3..].into(), head, epoch).await.unwrap();
            let reader = model.reader().await.unwrap();
            let found =
                reader.sql().unwrap().query("SELECT count(*) AS n FROM rows", Vec::new()).await.unwrap();
            assert_eq!((reader.position(), found[0].get("n").unwrap()), (head, rows), "{kind}");
            assert!(head > Position::START);
        }
    });
}
