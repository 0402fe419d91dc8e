//! The contracts of engines of documents on a real server that speaks MongoDB's protocol, and what is particular to it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod own;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use diptych_core::documents::DocumentEngine;
use diptych_mongodb::MongoEngine;
use diptych_testkit::{
    contract::documents::{AsModels, DocumentFixture, Searching},
    contract::models::Sees,
    documents_contract,
    engine::Engine,
    read_models_contract,
};

/// A database of its own on the server that all tests share.
struct Shared(String);

impl Shared {
    fn fresh() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let url = Engine::Mongodb.url()?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Some(Self(format!("{url}/test-{}-{count}", std::process::id())))
    }
}

async fn engine(url: &str) -> MongoEngine {
    MongoEngine::open(url).await.unwrap()
}

#[async_trait]
impl DocumentFixture for Shared {
    async fn engine(&self) -> Arc<dyn DocumentEngine> {
        Arc::new(engine(&self.0).await)
    }

    async fn reopen(&self) -> Option<Arc<dyn DocumentEngine>> {
        Some(self.engine().await)
    }

    fn sees(&self) -> Sees {
        Sees::NotBefore
    }

    fn searching(&self) -> Searching {
        Searching::Not
    }

    fn name(&self) -> &'static str {
        "MongoDB (FerretDB)"
    }
}

/// Whether there is a server to test on.
fn is_there() -> bool {
    Engine::Mongodb.url().is_some()
}

read_models_contract!(read_models, AsModels(Shared::fresh().unwrap()), if is_there());
documents_contract!(answers, Shared::fresh().unwrap(), if is_there());
