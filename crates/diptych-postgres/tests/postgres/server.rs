//! The server that tests speak to, and a place of its own there for every test.

use std::{
    process,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use diptych_core::EventStore;
use diptych_postgres::{PostgresDatabase, PostgresOptions};
use tokio_postgres::{Client, NoTls};

const VARIABLE: &str = "DIPTYCH_TEST_POSTGRES_URL";

/// Whether there is a server. Without one, tests fail, unless they were told to do without servers: then they say so.
pub(crate) fn is_there() -> bool {
    if std::env::var_os(VARIABLE).is_some() {
        return true;
    }
    assert!(
        std::env::var_os("DIPTYCH_TEST_EMBEDDED").is_some(),
        "{VARIABLE} names no server; `cargo xtask test` starts one, and DIPTYCH_TEST_EMBEDDED=1 leaves such tests out"
    );
    eprintln!("nothing to test: {VARIABLE} names no server, and DIPTYCH_TEST_EMBEDDED is set");
    false
}

/// Runs a test that needs the server.
pub(crate) fn run(test: impl Future<Output = ()>) {
    if is_there() {
        diptych_testkit::deadline::run(test);
    }
}

/// Schemas of its own, dropped with it.
pub(crate) struct Place {
    pub(crate) schema: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (process, count) = (process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self { schema: format!("test_{process}_{count}") }
    }

    /// That of another process, which drops it.
    pub(crate) const fn of_another(schema: String) -> Self {
        Self { schema }
    }

    pub(crate) fn url() -> String {
        std::env::var(VARIABLE).unwrap()
    }

    pub(crate) async fn opened(&self) -> PostgresDatabase {
        let options = PostgresOptions {
            schema: self.schema.clone(),
            connections: 6,
            poll: Duration::from_secs(60),
            ..PostgresOptions::default()
        };
        PostgresDatabase::open(&Self::url(), options).await.unwrap()
    }

    pub(crate) async fn store(&self) -> Arc<dyn EventStore> {
        self.opened().await.store()
    }

    /// A connection for what no adapter does.
    pub(crate) async fn client() -> Client {
        let (client, line) = tokio_postgres::connect(&Self::url(), NoTls).await.unwrap();
        tokio::spawn(line);
        client
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let schema = self.schema.clone();
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let client = Self::client().await;
                let sql = format!(
                    "SELECT nspname FROM pg_namespace WHERE nspname = '{schema}' OR nspname LIKE '{schema}\\_%'"
                );
                for row in client.query(&sql, &[]).await.unwrap() {
                    let name: String = row.get(0);
                    // A reader that still looks holds it up; what is left goes with the server.
                    let sql = format!("SET lock_timeout = '1s'; DROP SCHEMA IF EXISTS \"{name}\" CASCADE");
                    if let Err(error) = client.batch_execute(&sql).await {
                        eprintln!("schema {name} is left: {error}");
                    }
                }
            });
        });
        assert!(
            dropping.join().is_ok() || std::thread::panicking(),
            "schema {} could not be dropped",
            self.schema
        );
    }
}
