//! Rules of inline projections: their rows stand and fall with the append. For stores that keep tables.

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::{
    Append, AppendCondition, AppendError, BoxError, EventStore, Expected, FailureKind, InlineProjection,
    ProjectionSpec, RecordedEvent, Scope, Tx, store::Note,
};
use futures::future::join_all;

use super::{Fixture, Tables, nothing_to_test, reopen::again};
use crate::{
    deadline::within,
    draft::{append, conditional, conflict, event, head, key, log, note, several, stream},
};

/// A store that keeps no tables refuses to mount a projection, and mounting none is always possible.
pub async fn a_store_without_tables_says_so(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    store.mount_inline(Vec::new()).await.expect("mounting nothing");
    if fixture.tables() == Tables::None {
        let refused = store.mount_inline(vec![rows()]).await;
        let failure = refused.expect_err("a store without tables took a projection");
        assert_eq!(failure.kind(), FailureKind::Invalid, "{}", failure.chain());
        assert!(store.inline_reader().await.is_err(), "a store without tables gave a reader of them");
    } else {
        nothing_to_test("the store keeps tables");
    }
}

/// The rows are there when the append is answered.
pub async fn rows_are_there_when_the_append_is_answered(fixture: &dyn Fixture) {
    let Some(store) = mounted(fixture, vec![rows()]).await else { return };
    for count in [1, 3] {
        append(&*store, several(count, "account/1", "Opened")).await;
        rows_equal_the_log(&*store, "rows_of_all").await;
    }
}

/// A projection is handed the events that it wants and no other.
pub async fn a_projection_is_handed_what_it_wants(fixture: &dyn Fixture) {
    let mut wanted = Rows::named("rows_of_orders");
    wanted.scope = Scope::category("order").of_types(["Created"]);
    let Some(store) = mounted(fixture, vec![Arc::new(wanted)]).await else { return };
    let names =
        [("order/1", "Created"), ("order/1", "Paid"), ("account/1", "Created"), ("order/2", "Created")];
    append(&*store, names.map(|(name, event_type)| event(name, event_type))).await;
    assert_eq!(count(&*store, "rows_of_orders").await, 2, "rows of the wanted events");
}

/// A projection sees what it wrote before in the same append.
pub async fn a_projection_sees_what_it_wrote_before(fixture: &dyn Fixture) {
    let Some(store) = mounted(fixture, vec![rows()]).await else { return };
    append(&*store, several(4, "account/1", "Opened")).await;
    let reader = store.inline_reader().await.expect("the tables can be read");
    let read =
        reader.query("SELECT nth FROM rows_of_all ORDER BY position", Vec::new()).await.expect("a query");
    let nth: Vec<i64> = read.iter().map(|row| row.get("nth").expect("the column")).collect();
    assert_eq!(nth, [0, 1, 2, 3], "how many rows each event found");
}

/// A projection that refuses an event refuses the append: no event, no row, no note is left, and the store goes on.
pub async fn a_projection_can_refuse_the_append(fixture: &dyn Fixture) {
    refused_by(fixture, "Refused").await;
}

/// A projection that panics refuses the append: no event, no row, no note is left, and the store goes on.
pub async fn a_projection_that_panics_refuses_the_append(fixture: &dyn Fixture) {
    refused_by(fixture, "Panicked").await;
}

/// A projection that waits for anything but its transaction refuses the append: everybody's appends would wait with it.
pub async fn a_projection_that_waits_for_something_else_refuses_the_append(fixture: &dyn Fixture) {
    within("nobody waits with it", refused_by(fixture, "Waited")).await;
}

/// A statement that was sent and fails refuses the append, also where the projection does not look at the error.
pub async fn a_statement_that_was_sent_and_fails_refuses_the_append(fixture: &dyn Fixture) {
    refused_by(fixture, "Doubled").await;
}

/// A conflict leaves no rows.
pub async fn a_conflict_leaves_no_rows(fixture: &dyn Fixture) {
    let Some(store) = mounted(fixture, vec![rows()]).await else { return };
    append(&*store, [event("account/1", "Opened")]).await;
    let condition = AppendCondition::expect(stream("account/1"), Expected::NoStream);
    conflict(&*store, conditional([event("account/1", "Opened")], condition)).await;
    rows_equal_the_log(&*store, "rows_of_all").await;
}

/// Of several projections each has its rows, and where one refuses none has.
pub async fn of_several_projections_all_count_or_none(fixture: &dyn Fixture) {
    let takes_all = Rows { refuses: "", ..Rows::named("rows_of_first") };
    let Some(store) = mounted(fixture, vec![Arc::new(takes_all), rows()]).await else { return };
    append(&*store, several(2, "account/1", "Opened")).await;
    refuse(&*store, "Refused").await;
    append(&*store, several(2, "account/1", "Closed")).await;
    rows_equal_the_log(&*store, "rows_of_first").await;
    rows_equal_the_log(&*store, "rows_of_all").await;
}

/// A projection that is new to the store is first brought up to the head.
pub async fn a_new_projection_is_brought_up_to_the_head(fixture: &dyn Fixture) {
    let Some(store) = mounted(fixture, vec![rows()]).await else { return };
    for _ in 0..3 {
        append(&*store, several(700, "account/1", "Opened")).await;
    }
    let both: Vec<Arc<dyn InlineProjection>> = vec![rows(), Arc::new(Rows::named("rows_of_late"))];
    store.mount_inline(both).await.expect("one more projection can be mounted");
    append(&*store, several(2, "account/2", "Opened")).await;
    rows_equal_the_log(&*store, "rows_of_late").await;
    rows_equal_the_log(&*store, "rows_of_all").await;
}

/// A projection that cannot take an old event is not mounted.
pub async fn a_projection_that_cannot_take_an_old_event_is_not_mounted(fixture: &dyn Fixture) {
    if fixture.tables() == Tables::None {
        return nothing_to_test("the store keeps no tables");
    }
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Opened"), event("account/1", "Refused")]).await;
    assert!(
        store.mount_inline(vec![rows()]).await.is_err(),
        "a projection that refuses an old event was mounted"
    );
    append(&*store, [event("account/1", "Closed")]).await;
    assert_eq!(log(&*store).await.len(), 3, "events after the failed mount");
}

/// The tables are read, never written: a statement that would write fails and changes nothing.
pub async fn the_tables_are_only_read(fixture: &dyn Fixture) {
    let Some(store) = mounted(fixture, vec![rows()]).await else { return };
    append(&*store, several(2, "account/1", "Opened")).await;
    for statement in ["DELETE FROM rows_of_all", "UPDATE rows_of_all SET nth = 9", "DROP TABLE rows_of_all"] {
        let reader = store.inline_reader().await.expect("the tables can be read");
        assert!(reader.query(statement, Vec::new()).await.is_err(), "{statement} was taken");
    }
    rows_equal_the_log(&*store, "rows_of_all").await;
}

/// Of appends that come together, one that its projection refuses or that panics there harms no other.
pub async fn a_refusing_projection_harms_no_other_append(fixture: &dyn Fixture) {
    let Some(store) = mounted(fixture, vec![rows()]).await else { return };
    let kinds = ["Opened", "Refused", "Opened", "Panicked"];
    let tasks = (0..64).map(|n| {
        let store = Arc::clone(&store);
        let name = format!("account/{n}");
        let events = [event(&name, "Opened"), event(&name, kinds[n % 4])];
        tokio::spawn(
            async move { store.append(conditional(events, AppendCondition::default())).await.is_ok() },
        )
    });
    let made: Vec<_> = within("every append is answered", join_all(tasks)).await;
    let made: Vec<_> = made.into_iter().map(|made| made.expect("an append broke")).collect();
    assert_eq!(
        made,
        (0..64).map(|n| n % 2 == 0).collect::<Vec<_>>(),
        "which were made (left) and had to be (right)"
    );
    assert_eq!(log(&*store).await.len(), 64, "events in the log");
    rows_equal_the_log(&*store, "rows_of_all").await;
}

/// Rows are there again when the store is opened again, and mounting the same projection does not repeat them.
pub async fn rows_are_there_again_and_once(fixture: &dyn Fixture) {
    let Some(store) = mounted(fixture, vec![rows()]).await else { return };
    append(&*store, several(3, "account/1", "Opened")).await;
    let Some(store) = again(fixture, store).await else { return };
    store.mount_inline(vec![rows()]).await.expect("the projection can be mounted again");
    rows_equal_the_log(&*store, "rows_of_all").await;
    append(&*store, several(2, "account/1", "Closed")).await;
    rows_equal_the_log(&*store, "rows_of_all").await;
}

/// A table with a row per event. It refuses events of one type, panics at those of another, waits for ever at those of a third and
/// writes those of a fourth twice, after it has written.
struct Rows {
    table: &'static str,
    scope: Scope,
    refuses: &'static str,
}

impl Rows {
    fn named(table: &'static str) -> Self {
        Self { table, scope: Scope::default(), refuses: "Refused" }
    }
}

fn rows() -> Arc<dyn InlineProjection> {
    Arc::new(Rows::named("rows_of_all"))
}

#[async_trait]
impl InlineProjection for Rows {
    fn spec(&self) -> ProjectionSpec {
        let table = self.table;
        let columns = "position BIGINT PRIMARY KEY, stream TEXT NOT NULL, revision BIGINT NOT NULL, nth BIGINT NOT NULL";
        ProjectionSpec {
            filter: self.scope.clone().into(),
            ..ProjectionSpec::new(table).schema(format!("CREATE TABLE {table} ({columns});"))
        }
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx<'_>) -> Result<(), BoxError> {
        let (table, at) = (self.table, &event.metadata);
        let there =
            tx.row(&format!("SELECT COUNT(*) AS n FROM {table}"), ()).await?.ok_or("a count has a row")?;
        let row = (at.position, at.stream.to_string(), at.revision, there.get::<i64>("n")?);
        let insert = format!("INSERT INTO {table} (position, stream, revision, nth) VALUES ($1, $2, $3, $4)");
        tx.send(&insert, row.clone()).await?;
        match &*event.event_type {
            "Waited" => std::future::pending().await,
            "Doubled" => drop(tx.send(&insert, row).await),
            _ => {}
        }
        if *event.event_type == *self.refuses {
            return Err("the projection refuses this event, as it was told to".into());
        }
        assert!(&*event.event_type != "Panicked", "the projection panics at this event, as it was told to");
        Ok(())
    }
}

async fn mounted(
    fixture: &dyn Fixture,
    projections: Vec<Arc<dyn InlineProjection>>,
) -> Option<Arc<dyn EventStore>> {
    if fixture.tables() == Tables::None {
        nothing_to_test("the store keeps no tables");
        return None;
    }
    let store = fixture.open().await;
    let mounted = store.mount_inline(projections).await;
    mounted.unwrap_or_else(|failure| panic!("inline projections could not be mounted: {}", failure.chain()));
    Some(store)
}

async fn refused_by(fixture: &dyn Fixture, event_type: &str) {
    let Some(store) = mounted(fixture, vec![rows()]).await else { return };
    append(&*store, several(2, "account/1", "Opened")).await;
    refuse(&*store, event_type).await;
    rows_equal_the_log(&*store, "rows_of_all").await;
    let after = append(&*store, several(2, "account/1", "Closed")).await.events;
    let revisions: Vec<_> = after.iter().map(|event| event.metadata.revision.get()).collect();
    assert_eq!(revisions, [2, 3], "revisions after the refusal");
    rows_equal_the_log(&*store, "rows_of_all").await;
}

/// An append that its projection does not take, after an event that it took.
async fn refuse(store: &dyn EventStore, event_type: &str) {
    let before = (log(store).await, head(store).await);
    let refused = |event_type| Append {
        events: vec![
            event("account/1", "Opened"),
            event("account/1", event_type),
            event("account/1", "Opened"),
        ],
        condition: AppendCondition::default(),
        note: Some(Note { key: key("refused", 1), ..note("refused", "account/1") }),
    };
    match store.append(refused(event_type)).await {
        Err(AppendError::Failure(failure)) => {
            assert_ne!(failure.kind(), FailureKind::OutcomeUnknown, "{}", failure.chain());
        }
        other => panic!("an append that its projection does not take was answered by {other:?}"),
    }
    assert_eq!(
        (log(store).await, head(store).await),
        before,
        "the log after the refusal (left) and before (right)"
    );
    assert_eq!(store.note_by_key("refused").await.expect("asked"), None, "the note of the refused append");
}

async fn rows_equal_the_log(store: &dyn EventStore, table: &str) {
    let reader = store.inline_reader().await.expect("the tables can be read");
    let statement = format!("SELECT position, stream, revision FROM {table} ORDER BY position");
    let rows = reader.query(&statement, Vec::new()).await.expect("a query");
    let rows: Vec<(u64, String, u64)> = rows
        .iter()
        .map(|row| (row.get("position"), row.get("stream"), row.get("revision")))
        .map(|(a, b, c)| (a.expect("a position"), b.expect("a stream"), c.expect("a revision")))
        .collect();
    let log = log(store).await;
    let expected: Vec<_> = log
        .iter()
        .map(|event| &event.metadata)
        .map(|at| (at.position.get(), at.stream.to_string(), at.revision.get()))
        .collect();
    assert_eq!(rows, expected, "the rows of {table} (left) and the log (right)");
}

async fn count(store: &dyn EventStore, table: &str) -> i64 {
    let reader = store.inline_reader().await.expect("the tables can be read");
    let rows =
        reader.query(&format!("SELECT COUNT(*) AS n FROM {table}"), Vec::new()).await.expect("a query");
    rows[0].get("n").expect("the count")
}
