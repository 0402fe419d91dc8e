//! The shop that tests talk to: one served in this process per store, shared by all tests of that store.

use std::{
    future::Future,
    mem::ManuallyDrop,
    path::{Path, PathBuf},
    process,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use diptych::{App, EngineUse, MasterKey};
use diptych_cli::Settings;
use diptych_testkit::{
    engine::Engine,
    postgres::{self, Schemas},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    answer::{Answer, Call},
    receipt::Receipt,
};

/// After so long a test has failed.
const DEADLINE: Duration = Duration::from_secs(60);

/// Everything runs here, so that connections outlive the test that opened them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

static MEMORY: LazyLock<Shop> = LazyLock::new(|| RUNTIME.block_on(Shop::serve("memory:")));
static SQLITE: LazyLock<Shop> =
    LazyLock::new(|| RUNTIME.block_on(Shop::serve(&format!("sqlite:{}", fresh_folder().display()))));
static POSTGRES: LazyLock<Shop> = LazyLock::new(|| RUNTIME.block_on(Shop::serve(&Store::Postgres.fresh())));

static ELASTICSEARCH: LazyLock<Shop> = LazyLock::new(|| searching(Engine::Elasticsearch));
static OPENSEARCH: LazyLock<Shop> = LazyLock::new(|| searching(Engine::Opensearch));

/// A shop that searches by this server.
fn searching(engine: Engine) -> Shop {
    let url = engine.url().expect("it was asked for");
    // Names that no other run has; the server of a run goes with it.
    let url = format!("{url}?prefix=shop{}-{:x}", process::id(), diptych_testkit::proof::seed());
    let app = app("memory:").engine(EngineUse::Search, url.parse().unwrap()).unwrap();
    RUNTIME.block_on(Shop::serve_app(app))
}

/// The shop that searches by this server, which all tests share; none where tests were told to do without servers.
pub(crate) fn shared_searching(engine: Engine) -> Option<Shop> {
    engine.url()?;
    match engine {
        Engine::Elasticsearch => Some(ELASTICSEARCH.clone()),
        Engine::Opensearch => Some(OPENSEARCH.clone()),
        Engine::Redis | Engine::Mongodb => None,
    }
}

/// A store that the suite is run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    Memory,
    Sqlite,
    Postgres,
}

impl Store {
    /// Those that are there: a database is, unless tests were told to do without servers.
    pub(crate) fn all() -> Vec<Self> {
        [Self::Memory, Self::Sqlite, Self::Postgres].into_iter().filter(|store| store.is_there()).collect()
    }

    /// Whether it can be tested on.
    pub(crate) fn is_there(self) -> bool {
        self != Self::Postgres || postgres::is_there()
    }

    /// The shop on this store that all tests share.
    pub(crate) fn shared(self) -> Shop {
        match self {
            Self::Memory => MEMORY.clone(),
            Self::Sqlite => SQLITE.clone(),
            Self::Postgres => POSTGRES.clone(),
        }
    }

    /// What it is called in evidence.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// The URL of a store of this kind that nobody has used.
    pub(crate) fn fresh(self) -> String {
        match self {
            Self::Memory => "memory:".to_owned(),
            Self::Sqlite => format!("sqlite:{}", fresh_folder().display()),
            // Shops are served until the process ends, so what they leave is dropped by a later one.
            Self::Postgres => ManuallyDrop::new(Schemas::fresh()).url(),
        }
    }
}

/// Makes each function a test on every store.
macro_rules! on_every_store {
    ($($fact:ident),+ $(,)?) => {
        mod memory {
            $(#[test] fn $fact() { $crate::shop::run(super::$fact($crate::shop::Store::Memory.shared())) })+
        }
        mod sqlite {
            $(#[test] fn $fact() { $crate::shop::run(super::$fact($crate::shop::Store::Sqlite.shared())) })+
        }
        mod postgres {
            $(#[test] fn $fact() {
                if $crate::shop::Store::Postgres.is_there() {
                    $crate::shop::run(super::$fact($crate::shop::Store::Postgres.shared()))
                }
            })+
        }
    };
}

/// Makes each function a test on every store that gets the store, to serve shops of its own.
macro_rules! on_own_shops {
    ($($fact:ident),+ $(,)?) => {
        mod memory { $(#[test] fn $fact() { super::$fact($crate::shop::Store::Memory) })+ }
        mod sqlite { $(#[test] fn $fact() { super::$fact($crate::shop::Store::Sqlite) })+ }
        mod postgres {
            $(#[test] fn $fact() {
                if $crate::shop::Store::Postgres.is_there() {
                    super::$fact($crate::shop::Store::Postgres)
                }
            })+
        }
    };
}

/// Makes each function a test on every store that outlives a program; it gets the store.
macro_rules! on_kept_stores {
    ($($fact:ident),+ $(,)?) => {
        mod sqlite { $(#[test] fn $fact() { super::$fact($crate::shop::Store::Sqlite) })+ }
        mod postgres {
            $(#[test] fn $fact() {
                if $crate::shop::Store::Postgres.is_there() {
                    super::$fact($crate::shop::Store::Postgres)
                }
            })+
        }
    };
}

/// Makes each function a test on every store, and with every server that searches.
macro_rules! on_every_store_and_search {
    ($($fact:ident),+ $(,)?) => {
        $crate::shop::on_every_store![$($fact),+];
        mod elasticsearch {
            use diptych_testkit::engine::Engine::Elasticsearch;
            $(#[test] fn $fact() {
                if let Some(shop) = $crate::shop::shared_searching(Elasticsearch) {
                    $crate::shop::run(super::$fact(shop))
                }
            })+
        }
        mod opensearch {
            use diptych_testkit::engine::Engine::Opensearch;
            $(#[test] fn $fact() {
                if let Some(shop) = $crate::shop::shared_searching(Opensearch) {
                    $crate::shop::run(super::$fact(shop))
                }
            })+
        }
    };
}

pub(crate) use {on_every_store, on_every_store_and_search, on_kept_stores, on_own_shops};

/// Runs a test to its end, within a deadline.
pub(crate) fn run<T>(fact: impl Future<Output = T>) -> T {
    RUNTIME.block_on(async { tokio::time::timeout(DEADLINE, fact).await.expect("the test takes too long") })
}

/// An id that no other test has.
pub(crate) fn fresh(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// An empty folder, below one that is this run's. Those of runs that have ended are removed.
pub(crate) fn fresh_folder() -> PathBuf {
    static RUN: LazyLock<PathBuf> = LazyLock::new(|| {
        let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("http");
        for old in std::fs::read_dir(&all).into_iter().flatten().flatten() {
            if Path::new("/proc/self").exists() && !Path::new("/proc").join(old.file_name()).exists() {
                std::fs::remove_dir_all(old.path()).unwrap();
            }
        }
        all.join(process::id().to_string())
    });
    let folder = RUN.join(fresh("store"));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The shop on a store, which may be one that wants a master key.
pub(crate) fn app(store: &str) -> App {
    shop::register(App::open(store).unwrap()).master_key(MasterKey::from_bytes([7; 32]))
}

/// A shop that answers somewhere, and a client of it.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    client: reqwest::Client,
}

impl Shop {
    /// Serves one in this process, until the process ends.
    pub(crate) async fn serve(store: &str) -> Self {
        Self::serve_app(app(store)).await
    }

    async fn serve_app(app: App) -> Self {
        let settings = Settings { listen: vec!["127.0.0.1:0".parse().unwrap()], ..Settings::default() };
        let served = diptych_cli::serve(app, shop::routes(), &settings).await.unwrap();
        Self::at(served.addresses[0].to_string())
    }

    /// One that is served already.
    pub(crate) fn at(address: String) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { address, client }
    }

    /// A request to be filled in.
    pub(crate) fn call(&self, method: &str, path: &str) -> Call {
        let method = method.parse().unwrap();
        Call::new(self.client.request(method, format!("http://{}{path}", self.address)))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path).answer().await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path).json(&body).answer().await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call("PATCH", path).json(&body).answer().await
    }

    /// A view that has come so far, which is waited for.
    pub(crate) async fn seen(&self, path: &str, position: u64) -> Value {
        let sign = if path.contains('?') { '&' } else { '?' };
        let answer = self.get(&format!("{path}{sign}position={position}&wait=true&timeoutMs=30000")).await;
        answer.is(200).json()
    }

    /// The view of what a receipt is of, with what it did.
    pub(crate) async fn view(&self, receipt: &Receipt) -> Value {
        self.seen(&receipt.own, receipt.position).await
    }

    /// A new user's id.
    pub(crate) async fn user(&self) -> String {
        let id = fresh("USR");
        let email = format!("{}@example.com", id.to_lowercase());
        self.post("/api/users", json!({ "userId": id, "email": email })).await.receipt("userId").id
    }

    /// A new draft without lines.
    pub(crate) async fn draft(&self) -> Receipt {
        let body = json!({ "orderId": fresh("ORD"), "customerId": self.user().await });
        self.post("/api/orders", body).await.receipt("orderId")
    }

    /// A new draft with one line.
    pub(crate) async fn order(&self) -> Receipt {
        let customer = self.user().await;
        self.order_of(&customer).await
    }

    /// A new draft with one line, of a customer that exists.
    pub(crate) async fn order_of(&self, customer: &str) -> Receipt {
        let body = json!({ "orderId": fresh("ORD"), "customerId": customer, "items": [line()] });
        self.post("/api/orders", body).await.receipt("orderId")
    }

    /// A command to an order that must be taken.
    pub(crate) async fn tell(&self, order: &str, what: &str) -> Receipt {
        let body = if what == "ship" { json!({ "trackingNumber": "T-1" }) } else { json!({}) };
        self.post(&format!("/api/orders/{order}/{what}"), body).await.receipt("orderId")
    }
}

/// A line of an order.
pub(crate) fn line() -> Value {
    json!({ "name": "Keyboard", "price": 1299.99, "quantity": 2 })
}

/// A position that nothing will come to.
pub(crate) const NEVER: u64 = 9_000_000_000_000;
