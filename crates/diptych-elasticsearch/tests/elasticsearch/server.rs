//! The servers that tests speak to, and names of its own there for every test.

use std::sync::atomic::{AtomicU32, Ordering};

use diptych_elasticsearch::{ElasticsearchEngine, ElasticsearchOptions};
use diptych_testkit::engine::Engine;
use serde_json::Value;

/// Both.
pub(crate) const BOTH: [Engine; 2] = [Engine::Elasticsearch, Engine::Opensearch];

/// Whether there is such a server. Without one, tests fail, unless they were told to do without servers.
pub(crate) fn is_there(engine: Engine) -> bool {
    engine.url().is_some()
}

/// Names of its own in a cluster, which go with it.
pub(crate) struct Place {
    pub(crate) engine: Engine,
    pub(crate) url: String,
    pub(crate) prefix: String,
    is_shared: bool,
}

impl Place {
    /// In the cluster that all tests share.
    pub(crate) fn new(engine: Engine) -> Self {
        let mut place = Self::of_own(engine, engine.url().expect("it was asked for"));
        place.is_shared = true;
        place
    }

    /// In a server of the test's own, which takes everything with it.
    pub(crate) fn of_own(engine: Engine, url: String) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self { engine, url, prefix: format!("test{}-{count}", std::process::id()), is_shared: false }
    }

    pub(crate) fn open(&self) -> ElasticsearchEngine {
        self.open_at(&self.url)
    }

    /// The same names, by another way.
    pub(crate) fn open_at(&self, url: &str) -> ElasticsearchEngine {
        let options = ElasticsearchOptions { prefix: self.prefix.clone(), ..ElasticsearchOptions::default() };
        ElasticsearchEngine::open(url, options).unwrap()
    }

    /// Asks the server itself, as an operator would.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        ask(&self.url, method, path, body).await
    }
}

async fn ask(url: &str, method: &str, path: &str, body: Option<Value>) -> Value {
    let (_, base) = url.split_once('+').unwrap();
    let request = reqwest::Client::new().request(method.parse().unwrap(), format!("{base}{path}"));
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    request.send().await.unwrap().json().await.unwrap()
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.is_shared {
            return;
        }
        let (url, prefix) = (self.url.clone(), self.prefix.clone());
        let removed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(ask(&url, "DELETE", &format!("/{prefix}.*,{prefix}-*"), None));
        });
        if removed.join().is_err() {
            eprintln!("the indexes of {} are left", self.prefix);
        }
    }
}
