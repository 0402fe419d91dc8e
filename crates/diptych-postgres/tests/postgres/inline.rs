//! Inline projections where several processes append, of which not all have mounted them.

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::{BoxError, EventStore, InlineProjection, ProjectionSpec, RecordedEvent, Tx};
use diptych_testkit::{
    deadline::within,
    draft::{append, event, several},
};

use crate::server::{Place, run};

struct Positions;

#[async_trait]
impl InlineProjection for Positions {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("positions").schema("CREATE TABLE positions (position BIGINT PRIMARY KEY)")
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx<'_>) -> Result<(), BoxError> {
        tx.send("INSERT INTO positions VALUES ($1)", (event.position(),)).await?;
        Ok(())
    }
}

async fn rows(store: &dyn EventStore) -> i64 {
    let reader = store.inline_reader().await.unwrap();
    let rows = reader.query("SELECT count(*) AS n FROM positions", Vec::new()).await.unwrap();
    rows[0].get("n").unwrap()
}

#[test]
fn what_a_process_without_it_has_appended_is_filled_before_the_next_append() {
    run(async {
        let place = Place::new();
        let (with, without) = (place.store().await, place.store().await);
        with.mount_inline(vec![Arc::new(Positions)]).await.unwrap();
        append(&*with, [event("account/1", "Opened")]).await;
        for (left, all) in [(3, 5), (2_500, 2_506)] {
            // One page is filled within the append, more than that before it.
            for begin in (0..left).step_by(500) {
                append(&*without, several(500.min(left - begin), "account/2", "Opened")).await;
            }
            within("it is filled", append(&*with, [event("account/1", "Opened")])).await;
            assert_eq!(rows(&*with).await, all, "after {left} events of the other one");
        }
    });
}
