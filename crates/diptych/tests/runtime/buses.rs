//! Both buses: dispatch by type, what is missing or double, and layers of the tower ecosystem.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use diptych::{
    App, BoxError, Command, CommandRequest, CommandService, Context, Events, ExecuteError, FailureKind,
    Never, Query, QueryError, Reader, Receipt, Result, StartError, StreamId, prelude::query,
};
use tower::{
    layer::layer_fn, limit::ConcurrencyLimitLayer, service_fn, timeout::TimeoutLayer, util::MapRequestLayer,
};

use crate::shop::{AccountEvent, AccountId, id, started};

struct Open(AccountId);

impl Command for Open {
    const NAME: &'static str = "Open";
    type Reads = ();
    type Rejection = Never;

    fn target(&self) -> StreamId {
        StreamId::of("account", &self.0)
    }

    fn reads(&self, _: &Context) {}

    fn decide(&self, (): &(), _: &Context) -> Result<Events, Never> {
        Ok(Events::one(self.target(), AccountEvent::Deposited { cents: 0 }))
    }
}

struct Sum(i64, i64);

#[query(reads = [])]
async fn sum(query: &Sum, _db: &Reader) -> Result<i64> {
    query.0.checked_add(query.1).ok_or_else(|| "the sum is too large".into())
}

struct Lost;

#[query(reads = "nowhere")]
async fn lost(_query: &Lost, _db: &Reader) -> Result<i64> {
    Ok(0)
}

#[tokio::test]
async fn an_unregistered_command_or_query_is_named_with_what_is_registered() {
    let node = started(|app| app.query(sum)).await;
    let error = node.execute(Open(id("A"))).await.unwrap_err().to_string();
    assert!(error.contains("no command named Open is registered"), "{error}");
    let node = started(|app| app.command::<Open>()).await;
    let error = node.ask(Sum(1, 2)).await.unwrap_err().to_string();
    assert!(error.contains("no query named Sum is registered"), "{error}");
}

#[tokio::test]
async fn all_that_does_not_fit_together_is_told_at_once_before_anything_starts() {
    let app = App::open("memory:").unwrap().command::<Open>().command::<Open>().query(sum).query(sum);
    let error = app.query(lost).start().await.unwrap_err();
    let StartError::Registration(problems) = &error else { panic!("{error}") };
    let all = problems.join("\n");
    for part in ["command Open is registered twice", "query Sum has two handlers", "Lost reads \"nowhere\""] {
        assert!(all.contains(part), "{all}");
    }
}

#[tokio::test]
async fn a_query_answers_and_its_error_names_it() {
    let node = started(|app| app.query(sum)).await;
    assert_eq!(node.ask(Sum(1, 2)).await.unwrap(), 3);
    let error = node.ask(Sum(i64::MAX, 1)).await.unwrap_err();
    assert!(matches!(error, QueryError::Handler { name: "Sum", .. }), "{error}");
    assert_eq!(Sum::NAME, "Sum");
}

#[tokio::test]
async fn layers_of_the_tower_ecosystem_go_around_the_command_bus() {
    let seen = Arc::new(AtomicU32::new(0));
    let counting = Arc::clone(&seen);
    let count = MapRequestLayer::new(move |request: CommandRequest| {
        counting.fetch_add(1, Ordering::SeqCst);
        assert_eq!(request.name(), "Open");
        request
    });
    let node = started(|app| {
        app.command::<Open>()
            .command_layer(TimeoutLayer::new(Duration::from_secs(5)))
            .command_layer(ConcurrencyLimitLayer::new(1))
            .command_layer(count)
    })
    .await;
    node.execute(Open(id("A"))).await.unwrap();
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_command_that_a_layer_times_out_has_an_unknown_outcome() {
    let never = layer_fn(|_: CommandService| {
        service_fn(|_: CommandRequest| std::future::pending::<Result<Receipt, BoxError>>())
    });
    let limit = TimeoutLayer::new(Duration::from_secs(1));
    let node = started(|app| app.command::<Open>().command_layer(limit).command_layer(never)).await;
    match node.execute(Open(id("A"))).await {
        Err(ExecuteError::Other(diptych::CommandError::Failure(failure))) => {
            assert_eq!(failure.kind(), FailureKind::OutcomeUnknown);
        }
        other => panic!("{other:?}"),
    }
}
