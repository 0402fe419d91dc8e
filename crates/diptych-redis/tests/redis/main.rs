//! The contracts of engines of documents on a real Redis, and what is particular to it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cache;
mod own;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use diptych_core::documents::DocumentEngine;
use diptych_redis::{RedisEngine, RedisUrl};
use diptych_testkit::{
    contract::documents::{AsModels, DocumentFixture, Searching},
    contract::models::Sees,
    documents_contract,
    engine::Engine,
    read_models_contract,
};

/// Keys of its own on the server that all tests share.
pub(crate) struct Shared(pub(crate) String);

impl Shared {
    pub(crate) fn fresh() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let url = Engine::Redis.url()?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Some(Self(format!("{url}?prefix=test-{}-{count}", std::process::id())))
    }
}

pub(crate) fn engine(url: &str) -> RedisEngine {
    RedisEngine::open(url.parse::<RedisUrl>().unwrap()).unwrap()
}

#[async_trait]
impl DocumentFixture for Shared {
    async fn engine(&self) -> Arc<dyn DocumentEngine> {
        Arc::new(engine(&self.0))
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
        "Redis"
    }
}

/// Whether there is a server to test on.
fn is_there() -> bool {
    Engine::Redis.url().is_some()
}

read_models_contract!(read_models, AsModels(Shared::fresh().unwrap()), if is_there());
documents_contract!(answers, Shared::fresh().unwrap(), if is_there());
