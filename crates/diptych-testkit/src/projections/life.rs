//! One life of a program that runs a projection: a node on a runtime of its own, which ends as a crash would end it.

use std::{sync::Arc, time::Duration};

use diptych::{App, ErrorPolicy, Node, Stores, memory::MemoryStore};
use diptych_core::{NewEvent, Position, RecordedEvent, model::ReadModels};
use rand::{RngExt, rngs::StdRng};

use crate::{
    contract::models::{ModelFixture, Rows},
    deadline::DEADLINE,
    draft::{append, event},
};

/// Runs something on a runtime of its own; when it has ended, everything that was begun on that runtime ends where it is.
pub(super) async fn live<T: Send + 'static, Fut: Future<Output = T>>(
    work: impl FnOnce() -> Fut + Send + 'static,
) -> T {
    let lived = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime can be started");
        let done = runtime.block_on(async { tokio::time::timeout(DEADLINE, work()).await });
        runtime.shutdown_background();
        done
    });
    lived.await.expect("a life broke").unwrap_or_else(|_| panic!("a life has not ended after {DEADLINE:?}"))
}

/// The application: this projection on that log, with pauses that a test can wait for.
pub(super) fn app(store: &MemoryStore, models: Arc<dyn ReadModels>) -> App {
    let name = models.spec().name.to_string();
    let stores = Stores::memory(None).expect("stores in memory");
    let policy = ErrorPolicy { first_pause: Duration::from_millis(1), ..ErrorPolicy::default() };
    App::with(Stores { events: Arc::new(store.clone()), ..stores }).read_model(models).on_error(name, policy)
}

/// Starts it; one whose engine fails at the start is started again, as an operator's system would.
pub(super) async fn started(store: &MemoryStore, models: &Arc<dyn ReadModels>) -> Node {
    let mut last = None;
    for _ in 0..3 {
        match app(store, Arc::clone(models)).start().await {
            Ok(node) => return node,
            Err(error) => last = Some(error),
        }
    }
    panic!("the application does not start: {last:?}")
}

/// Waits until the projection has taken the whole log.
pub(super) async fn settled(node: &Node) {
    if let Err(behind) = node.settled(DEADLINE).await {
        panic!("the projection does not come to the head: {behind}");
    }
}

/// Adds some events to some streams.
pub(super) async fn history(store: &MemoryStore, random: &mut StdRng, appends: usize) {
    for _ in 0..appends {
        let events: Vec<NewEvent> = (0..random.random_range(1..4))
            .map(|_| {
                let kind = if random.random_range(0..5) == 0 { "Wait" } else { "A" };
                event(&format!("a/{}", random.random_range(0..6)), kind)
            })
            .collect();
        append(store, events).await;
    }
}

/// The live generation's checkpoint and rows, of one moment.
pub(super) async fn live_rows(fixture: &dyn ModelFixture, models: &dyn ReadModels) -> (Position, Rows) {
    let infos = models.generations().await.expect("generations can be asked for");
    let live = infos.iter().find(|info| info.live).expect("one is live");
    let model = models.open(live.generation).await.expect("it can be opened");
    crate::contract::models::shown(fixture, &*model).await
}

/// Holds the rows of every generation against the fold of the log up to its checkpoint; answers the live one's checkpoint.
pub(super) async fn all_are_folds(
    fixture: &dyn ModelFixture,
    models: &dyn ReadModels,
    log: &[RecordedEvent],
) -> Position {
    for info in models.generations().await.expect("generations can be asked for") {
        let model = models.open(info.generation).await.expect("it can be opened");
        let (position, rows) = crate::contract::models::shown(fixture, &*model).await;
        let which = format!("generation {}", info.generation);
        crate::contract::models::hold(fixture, &rows, log, position, &which);
    }
    live_rows(fixture, models).await.0
}
