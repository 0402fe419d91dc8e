//! Connections that are cut in the middle of appends: nothing is lost, nothing is doubled, and everything goes on.

use std::sync::Arc;

use diptych_core::{
    Append, AppendCondition, AppendError, EventStore, FailureKind, Position, RecordedEvent, store::Note,
};
use diptych_postgres::{PostgresDatabase, PostgresOptions};
use diptych_testkit::{
    deadline::within,
    draft::{append, event, key, log, note},
};
use futures::future::join_all;

use crate::server::{Place, run};

const WRITERS: usize = 8;
const EACH: usize = 60;

/// A store whose connections are told apart from those of other tests.
async fn store_of(place: &Place) -> Arc<dyn EventStore> {
    let url = Place::url();
    let mark = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{mark}application_name={}", place.schema);
    let options = PostgresOptions { schema: place.schema.clone(), ..PostgresOptions::default() };
    PostgresDatabase::open(&url, options).await.unwrap().store()
}

async fn cut(place: &Place) {
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1";
    Place::client().await.query_one(sql, &[&place.schema]).await.unwrap();
}

/// Appends until it is made, with one key for all attempts.
async fn made(store: &dyn EventStore, writer: usize, nth: usize) {
    let name = format!("{writer}-{nth}");
    loop {
        let append = Append {
            events: vec![event(&format!("writer/{writer}"), "Written")],
            condition: AppendCondition::default(),
            note: Some(Note { key: key(&name, 1), ..note(&name, &format!("writer/{writer}")) }),
        };
        match store.append(append).await {
            Ok(_) => return,
            Err(AppendError::Failure(failure)) => {
                assert_eq!(failure.kind(), FailureKind::Unavailable, "{}", failure.chain());
            }
            // What was told to be unrecorded, was not.
            Err(error @ (AppendError::KeyUsed(_) | AppendError::Conflict(_))) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn backends_that_are_terminated_in_the_middle_lose_and_double_nothing() {
    run(async {
        let place = Place::new();
        let store = store_of(&place).await;
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    for nth in 0..EACH {
                        made(&*store, writer, nth).await;
                    }
                })
            })
            .collect();
        while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
            cut(&place).await;
            tokio::task::yield_now().await;
        }
        for ended in within("every writer ends", join_all(writers)).await {
            ended.unwrap();
        }
        let log = log(&*store_of(&place).await).await;
        assert_eq!(log.len(), WRITERS * EACH, "events of so many acknowledged appends");
        for writer in 0..WRITERS {
            let name = format!("writer/{writer}");
            let revisions = log.iter().filter(|event| event.stream().to_string() == name);
            let revisions: Vec<_> = revisions.map(|event| event.metadata.revision.get()).collect();
            assert_eq!(revisions, (0..).take(EACH).collect::<Vec<u64>>(), "revisions of {name}");
        }
    });
}

#[test]
fn a_watch_is_told_what_came_while_nobody_listened() {
    run(async {
        let place = Place::new();
        let (listening, writing) = (store_of(&place).await, place.store().await);
        let mut watch = listening.watch();
        let mut seen = Position::START;
        for _ in 0..3 {
            cut(&place).await;
            let last = append(&*writing, [event("account/1", "Opened")]).await;
            let last = last.events.last().map(RecordedEvent::position).unwrap();
            seen = within("news comes after the connection was cut", watch.past(seen)).await.unwrap();
            assert_eq!(seen, last);
        }
    });
}
