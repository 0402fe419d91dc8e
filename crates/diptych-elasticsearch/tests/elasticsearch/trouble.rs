//! Servers that are killed, stopped, blocked or away: the projection says so, loses and doubles nothing, and goes on by itself.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use diptych::{App, ErrorPolicy, Node, Stores, memory::MemoryStore};
use diptych_core::{
    FailureKind,
    documents::{DocumentEngine, Written},
};
use diptych_elasticsearch::{ElasticsearchEngine, ElasticsearchOptions};
use diptych_testkit::{
    Effort, Evidence,
    contract::{
        documents::{StreamDocuments, document_rows, models},
        models::fold,
    },
    deadline::run,
    draft::{append, event, log},
    engine::{Engine, OwnEngine},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;

use crate::{
    cluster::{entry, made, on_both, place},
    server::Place,
};

/// A server of Java takes seconds to start, on a busy machine a minute: one at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// What a proof takes with a server that starts on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(600);

/// Runs a proof to its end, which is mostly waiting for a server.
fn patiently(proof: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let deadline = PATIENCE.max(Effort::of_environment().deadline());
    let ended = runtime.block_on(async { tokio::time::timeout(deadline, proof).await });
    assert!(ended.is_ok(), "this proof has not ended after {deadline:?}");
}

/// Waits until the server answers as one that serves; the proof has a deadline.
async fn serving(own: &OwnEngine) {
    let health = format!("http://127.0.0.1:{}/_cluster/health?wait_for_status=yellow&timeout=1s", own.port());
    while !reqwest::get(&health).await.is_ok_and(|answer| answer.status() == 200) {
        // tidy: between two questions
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Appends events to some streams, now and then, until `trouble` has ended. Answers how many.
async fn history_beside(store: &MemoryStore, seed: u64, trouble: impl Future<Output = ()>) -> usize {
    let mut random = StdRng::seed_from_u64(seed);
    let mut count = 0;
    let history = async {
        loop {
            let some: Vec<_> = (0..random.random_range(1..30))
                .map(|_| event(&format!("a/{}", random.random_range(0..200)), "A"))
                .collect();
            count += some.len();
            append(store, some).await;
            // tidy: the time between two commands
            tokio::time::sleep(Duration::from_millis(random.random_range(1..40))).await;
        }
    };
    tokio::select! { () = history => {}, () = trouble => {} }
    count
}

async fn started(store: &MemoryStore, engine: Arc<dyn DocumentEngine>) -> Node {
    let stores = Stores { events: Arc::new(store.clone()), ..Stores::memory(None).unwrap() };
    let policy = ErrorPolicy { first_pause: Duration::from_millis(20), ..ErrorPolicy::default() };
    let models = models(engine, StreamDocuments);
    App::with(stores).read_model(models).on_error("by_stream", policy).start().await.unwrap()
}

/// Holds the rows of the live generation against the fold of the log.
async fn rows_are_the_fold(store: &MemoryStore, engine: Arc<dyn DocumentEngine>, seed: u64) {
    let models = models(engine, StreamDocuments);
    let live = models.generations().await.unwrap().into_iter().find(|info| info.live).unwrap();
    let handle = models.open(live.generation).await.unwrap().reader().await.unwrap();
    let log = log(store).await;
    let rows = document_rows(&*handle).await;
    assert_eq!(rows, fold(&log, handle.position()), "rows (left), and the fold (seed {seed})");
    assert_eq!(Some(handle.position()), log.last().map(|event| event.position()));
}

/// Stops the server for longer than it is waited for, and kills it, at random moments.
async fn trouble(own: &mut OwnEngine, rounds: usize, seed: u64) -> Duration {
    let mut random = StdRng::seed_from_u64(seed);
    let mut longest = Duration::ZERO;
    for _ in 0..rounds {
        for frozen in [true, false] {
            // tidy: the time between two troubles
            tokio::time::sleep(Duration::from_millis(random.random_range(200..1500))).await;
            let begun = Instant::now();
            if frozen {
                own.freeze();
                // tidy: longer than the patience of who asks
                tokio::time::sleep(Duration::from_millis(2500)).await;
                own.thaw();
            } else {
                own.kill();
                own.start_again();
                serving(own).await;
                longest = longest.max(begun.elapsed());
            }
        }
    }
    longest
}

fn killed_and_stopped(engine: Engine) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(mut own) = OwnEngine::start(engine) else { return };
    let (seed, rounds) = (diptych_testkit::proof::seed(), Effort::of_environment().of(1, 40));
    eprintln!("the seed is {seed}");
    patiently(async move {
        serving(&own).await;
        let mut evidence = Evidence::of("killed and stopped at random", format!("{engine:?}"));
        let at = Place::of_own(engine, own.url());
        let opened = |patience| Arc::new(at.open_at(&format!("{}?patience={patience}", own.url())));
        let (one, other) = (opened(2), opened(30));
        // The first index of a server that has just started takes its time.
        models(other.clone(), StreamDocuments).create().await.unwrap();
        let store = MemoryStore::new();
        let node = started(&store, one).await;
        let mut longest = Duration::ZERO;
        let events =
            history_beside(&store, seed, async { longest = trouble(&mut own, rounds, seed).await }).await;
        if let Err(behind) = node.settled(PATIENCE).await {
            panic!("{behind}; the seed is {seed}, and the server said\n{}", own.log());
        }
        rows_are_the_fold(&store, other, seed).await;
        evidence.add("events", events);
        evidence.add("times it was killed, and stopped", rounds);
        evidence.add("milliseconds at most until it was back", longest.as_millis());
        evidence.add("seed", seed);
        evidence.hand_in();
    });
}

#[test]
fn an_elasticsearch_that_is_killed_and_stopped_at_random_loses_and_doubles_nothing() {
    killed_and_stopped(Engine::Elasticsearch);
}

#[test]
fn an_opensearch_that_is_killed_and_stopped_at_random_loses_and_doubles_nothing() {
    killed_and_stopped(Engine::Opensearch);
}

#[test]
fn an_index_that_takes_no_writing_is_told_of_and_written_when_it_does() {
    on_both(async |_, at| {
        let collection = made(&at.open(), 1).await;
        // What the server itself does to an index when its disk is full.
        let block = async |blocked: bool| {
            let path = format!("/{}.*/_settings", at.prefix);
            let value = blocked.then_some(true);
            at.ask("PUT", &path, Some(json!({ "index.blocks.read_only_allow_delete": value }))).await
        };
        block(true).await;
        let entries = || vec![entry("a", 5, json!({ "number": 1 }))];
        let failure = collection.commit(entries(), &place(2)).await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unavailable);
        assert!(failure.chain().contains("is its disk full?"), "{}", failure.chain());
        block(false).await;
        assert_eq!(collection.commit(entries(), &place(2)).await.unwrap(), Written::Done);
    });
}

#[test]
fn a_server_that_is_away_is_unavailable_at_once() {
    run(async {
        let url = "opensearch+http://me:secret@127.0.0.1:9";
        let engine = ElasticsearchEngine::open(url, ElasticsearchOptions::default()).unwrap();
        let failure = engine.record("a").await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unavailable);
        assert!(!format!("{failure:?}").contains("secret"), "{failure:?}");
    });
}
