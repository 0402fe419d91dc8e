//! PostgreSQL keeps the contract of a store, and what is particular to it holds besides.
//!
//! The server is that of `DIPTYCH_TEST_POSTGRES_URL`, which `cargo xtask test` starts; every rule has schemas of its own there.
//! `server.rs` finds it. `order.rs`: commit order is position order, and what would break it. `lost.rs`: connections that are cut.
//! `processes.rs`: several processes. `models.rs`: read models. `beside.rs`: keys and snapshots. `pool.rs`: few connections. `pipeline.rs`: statements that are sent.
//! `crash.rs`: a server that is killed. `pooler.rs`: one behind PgBouncer. `tls.rs`: certificates. `flat.rs`: what a boundary by tags costs. `inline.rs`: inline projections of some processes. `network.rs`: a network that fails, by `proxy.rs`; `endure.rs` is who goes on meanwhile.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod beside;
mod crash;
mod endure;
mod flat;
mod inline;
mod lost;
mod models;
mod network;
mod order;
mod pipeline;
mod pool;
mod pooler;
mod processes;
mod proxy;
mod server;
mod tls;

use std::sync::{Arc, Mutex};

use diptych_core::EventStore;
use diptych_core::peers::Peers;
use diptych_postgres::PostgresDatabase;
use diptych_testkit::{
    Fixture, keys_contract, peers::SharedFixture, peers_contract, read_models_contract, snapshots_contract,
    store_contract,
};
use server::Place;

#[async_trait::async_trait]
impl Fixture for Place {
    async fn open(&self) -> Arc<dyn EventStore> {
        self.store().await
    }

    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    async fn reopen(&self) -> Option<Arc<dyn EventStore>> {
        Some(self.store().await)
    }

    async fn open_beside(&self) -> Option<Arc<dyn EventStore>> {
        Some(self.store().await)
    }
}

store_contract!(postgres, Place::new(), if server::is_there());
read_models_contract!(read_models, Place::new(), if server::is_there());
keys_contract!(keys, Place::new(), if server::is_there());
snapshots_contract!(snapshots, Place::new(), if server::is_there());

/// Keeps open what each node has opened: a database that is closed hears nothing.
struct Nodes {
    place: Place,
    opened: Mutex<Vec<PostgresDatabase>>,
}

#[async_trait::async_trait]
impl SharedFixture for Nodes {
    async fn peers(&self) -> Arc<dyn Peers> {
        let database = self.place.opened().await;
        self.opened.lock().unwrap().push(database.clone());
        database.peers()
    }
}

peers_contract!(
    peers,
    Nodes { place: Place::new(), opened: Mutex::default() },
    if server::is_there()
);
