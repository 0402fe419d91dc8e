//! Engines of read models that are not the store's own: away at the start, away later, and emptied while they run.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use diptych::{
    App, BoxError, Command, Context, Events, Failure, FailureKind, HealthState, Metadata, Never, Node,
    Position, ProjectionSpec, Stores, StreamId,
    documents::{
        Collection, CollectionName, DocumentEngine, DocumentReader, Documents, Entry, Record, Shape, Written,
    },
    memory::MemoryDocuments,
    model::Reach,
};
use serde::{Deserialize, Serialize};

use crate::shop::{AccountEvent, AccountId, id};

/// Documents in memory, as a server that may be away.
#[derive(Debug, Default)]
struct Server {
    away: AtomicBool,
    kept: Mutex<MemoryDocuments>,
}

impl Server {
    fn is(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// Forgets everything, as a cache that is flushed.
    fn flush(&self) {
        *self.kept.lock().unwrap() = MemoryDocuments::new();
    }

    fn kept(&self) -> Result<MemoryDocuments, Failure> {
        if self.away.load(Ordering::SeqCst) {
            return Err(Failure::plain(FailureKind::Unavailable, "the server is away"));
        }
        Ok(self.kept.lock().unwrap().clone())
    }
}

/// A handle to it.
#[derive(Clone, Debug)]
struct Engine(Arc<Server>);

#[async_trait]
impl DocumentEngine for Engine {
    fn name(&self) -> &'static str {
        "a server"
    }

    fn reach(&self) -> Reach {
        Reach::Apart
    }

    async fn record(&self, projection: &str) -> Result<Option<Record>, Failure> {
        self.0.kept()?.record(projection).await
    }

    async fn set_record(&self, projection: &str, record: &Record) -> Result<Written, Failure> {
        self.0.kept()?.set_record(projection, record).await
    }

    async fn make(&self, name: &CollectionName, shape: &Shape, place: &Record) -> Result<(), Failure> {
        self.0.kept()?.make(name, shape, place).await
    }

    async fn open(&self, name: &CollectionName, shape: &Shape) -> Result<Arc<dyn Collection>, Failure> {
        self.0.kept()?;
        Ok(Arc::new(Documented { server: Arc::clone(&self.0), name: name.clone(), shape: shape.clone() }))
    }

    async fn remove(&self, name: &CollectionName) -> Result<(), Failure> {
        self.0.kept()?.remove(name).await
    }
}

#[derive(Debug)]
struct Documented {
    server: Arc<Server>,
    name: CollectionName,
    shape: Shape,
}

impl Documented {
    async fn there(&self) -> Result<Option<Arc<dyn Collection>>, Failure> {
        match self.server.kept()?.open(&self.name, &self.shape).await {
            Err(failure) if failure.kind() == FailureKind::Invalid => Ok(None),
            opened => opened.map(Some),
        }
    }
}

#[async_trait]
impl Collection for Documented {
    async fn place(&self) -> Result<Option<Record>, Failure> {
        match self.there().await? {
            Some(there) => there.place().await,
            None => Ok(None),
        }
    }

    async fn entries(&self, ids: &[String]) -> Result<Vec<Entry>, Failure> {
        match self.there().await? {
            Some(there) => there.entries(ids).await,
            None => Ok(Vec::new()),
        }
    }

    async fn commit(&self, entries: Vec<Entry>, place: &Record) -> Result<Written, Failure> {
        match self.there().await? {
            Some(there) => there.commit(entries, place).await,
            None => Ok(Written::Changed),
        }
    }

    async fn reader(&self) -> Result<Option<(Record, Box<dyn DocumentReader>)>, Failure> {
        match self.there().await? {
            Some(there) => there.reader().await,
            None => Ok(None),
        }
    }
}

struct Deposit(AccountId, i64);

impl Command for Deposit {
    const NAME: &'static str = "Deposit";
    type Reads = ();
    type Rejection = Never;

    fn target(&self) -> StreamId {
        StreamId::of("account", &self.0)
    }

    fn reads(&self, _: &Context) {}

    fn decide(&self, (): &(), _: &Context) -> Result<Events, Never> {
        Ok(Events::one(self.target(), AccountEvent::Deposited { cents: self.1 }))
    }
}

async fn deposit(node: &Node, cents: i64) {
    node.execute(Deposit(id("A"), cents)).await.unwrap();
}

/// How much was ever deposited.
struct Deposited;

#[derive(Serialize, Deserialize)]
struct Sum {
    cents: i64,
}

impl Documents for Deposited {
    type Event = AccountEvent;
    type Document = Sum;

    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("deposited").events::<AccountEvent>()
    }

    fn shape(&self) -> Shape {
        Shape::new().integer("cents")
    }

    fn touches(&self, event: &AccountEvent) -> Vec<String> {
        if matches!(event, AccountEvent::Deposited { .. }) { vec!["all".to_owned()] } else { Vec::new() }
    }

    fn apply(
        &self,
        event: &AccountEvent,
        _: &Metadata,
        _: &str,
        sum: &mut Option<Sum>,
    ) -> Result<(), BoxError> {
        if let AccountEvent::Deposited { cents } = event {
            sum.get_or_insert(Sum { cents: 0 }).cents += cents;
        }
        Ok(())
    }
}

async fn started(server: &Arc<Server>) -> Node {
    let engine: Arc<dyn DocumentEngine> = Arc::new(Engine(Arc::clone(server)));
    let stores = Stores { search: Some(engine), ..Stores::memory(None).unwrap() };
    App::with(stores).command::<Deposit>().searched_documents(Deposited).start().await.unwrap()
}

async fn sum_comes_to(server: &Arc<Server>, cents: i64) {
    let come = async {
        loop {
            if sum(server).await == Some(cents) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let told = format!("a sum of {cents}");
    tokio::time::timeout(Duration::from_secs(20), come).await.expect(&told);
}

async fn sum(server: &Arc<Server>) -> Option<i64> {
    let kept = server.kept().ok()?;
    let record = kept.record("deposited").await.ok()??;
    let live = serde_json::from_value(record.value["live"].clone()).ok()?;
    let name = CollectionName { projection: "deposited".to_owned(), generation: live };
    let collection = kept.open(&name, &Documents::shape(&Deposited)).await.ok()?;
    let (_, reader) = collection.reader().await.ok()??;
    reader.get("all").await.ok()??.read::<Sum>().ok().map(|sum| sum.cents)
}

async fn health_becomes(node: &Node, state: HealthState) -> Vec<String> {
    let becomes = async {
        loop {
            let health = node.health().await;
            if health.state == state {
                return health.reasons;
            }
            tokio::task::yield_now().await;
        }
    };
    let told = format!("health becomes {state:?}");
    tokio::time::timeout(Duration::from_secs(20), becomes).await.expect(&told)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_away_at_the_start_holds_up_no_command_and_is_filled_when_it_comes() {
    let server = Arc::new(Server::default());
    server.is(true);
    let node = started(&server).await;
    deposit(&node, 5).await;
    let reasons = health_becomes(&node, HealthState::Degraded).await;
    assert!(
        reasons.iter().any(|reason| reason.contains("deposited") && reason.contains("the server is away")),
        "{reasons:?}"
    );
    let told = node.projections().await.unwrap();
    let told = told.iter().find(|one| one.name == "deposited").unwrap();
    assert!(told.last_error.as_ref().unwrap().message.contains("the server is away"), "{told:?}");
    server.is(false);
    sum_comes_to(&server, 5).await;
    assert_eq!(health_becomes(&node, HealthState::Ready).await, Vec::<String>::new());
    node.shut_down().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_goes_away_is_told_and_caught_up_with_when_it_is_back() {
    let server = Arc::new(Server::default());
    let node = started(&server).await;
    deposit(&node, 1).await;
    sum_comes_to(&server, 1).await;
    server.is(true);
    deposit(&node, 2).await;
    let reasons = health_becomes(&node, HealthState::Degraded).await;
    assert!(reasons.iter().any(|reason| reason.contains("the server is away")), "{reasons:?}");
    server.is(false);
    sum_comes_to(&server, 3).await;
    health_becomes(&node, HealthState::Ready).await;
    node.shut_down().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_was_emptied_is_filled_again_by_itself() {
    let server = Arc::new(Server::default());
    let node = started(&server).await;
    deposit(&node, 1).await;
    sum_comes_to(&server, 1).await;
    server.flush();
    deposit(&node, 2).await;
    sum_comes_to(&server, 3).await;
    health_becomes(&node, HealthState::Ready).await;
    let head = node.store().head().await.unwrap();
    node.watermarks().wait(&["deposited"], Position::new(head.get()), Duration::from_secs(20)).await.unwrap();
    node.shut_down().await.unwrap();
}
