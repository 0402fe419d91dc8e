//! Elasticsearch and OpenSearch keep the contracts of engines of documents, and what is particular to them holds besides.
//!
//! The servers are those of `DIPTYCH_TEST_ELASTICSEARCH_URL` and `DIPTYCH_TEST_OPENSEARCH_URL`, which `cargo xtask test` starts; every rule
//! has names of its own there (`server.rs`). `bulk.rs`: documents are judged one by one. `cluster.rs`: what stands in a cluster. `trouble.rs`:
//! servers that are killed, stopped, blocked or away. `front.rs` stands before a server and answers for it. `tls.rs`: certificates. `speed.rs`: what filling takes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bulk;
mod cluster;
mod front;
mod server;
mod speed;
mod tls;
mod trouble;

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::documents::DocumentEngine;
use diptych_testkit::{
    contract::documents::{AsModels, DocumentFixture},
    documents_contract,
    engine::Engine::{Elasticsearch, Mongodb, Opensearch, Redis},
    read_models_contract,
};
use server::{Place, is_there};

#[async_trait]
impl DocumentFixture for Place {
    async fn engine(&self) -> Arc<dyn DocumentEngine> {
        Arc::new(self.open())
    }

    async fn reopen(&self) -> Option<Arc<dyn DocumentEngine>> {
        Some(Arc::new(self.open()))
    }

    fn name(&self) -> &'static str {
        match self.engine {
            Elasticsearch => "Elasticsearch",
            Opensearch | Redis | Mongodb => "OpenSearch",
        }
    }
}

mod elasticsearch {
    use super::*;

    read_models_contract!(read_models, AsModels(Place::new(Elasticsearch)), if is_there(Elasticsearch));
    documents_contract!(answers, Place::new(Elasticsearch), if is_there(Elasticsearch));
}

mod opensearch {
    use super::*;

    read_models_contract!(read_models, AsModels(Place::new(Opensearch)), if is_there(Opensearch));
    documents_contract!(answers, Place::new(Opensearch), if is_there(Opensearch));
}
