//! The PostgreSQL server that tests speak to, and schemas of its own there for every test that wants some.
//!
//! The server is that of `DIPTYCH_TEST_POSTGRES_URL`, which `cargo xtask test` starts and `cargo xtask services up` keeps. A test that
//! kills its server, or fills its disk, has an [`OwnServer`].

mod own;

pub use own::{OwnServer, is_root};

use std::{
    path::Path,
    process,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use tokio_postgres::{Client, NoTls};

/// Names the server.
pub const VARIABLE: &str = "DIPTYCH_TEST_POSTGRES_URL";

/// Whether there is a server. A test that finds none says so on stderr and passes, where tests were told to do without servers.
///
/// # Panics
/// Where there is none, and tests were not told so.
#[must_use]
pub fn is_there() -> bool {
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

/// The schema of a store's log, and those of its read models. They are dropped with it, or by a later run.
#[derive(Debug)]
pub struct Schemas(String);

impl Schemas {
    /// Schemas that nobody has used; nothing is made before a store is opened.
    #[must_use]
    pub fn fresh() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        LazyLock::force(&SWEPT);
        Self(format!("run_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed)))
    }

    /// The name of the log's schema.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The URL of a store in them, with few connections, since many tests share the server.
    ///
    /// # Panics
    /// Where no server is named.
    #[must_use]
    pub fn url(&self) -> String {
        let url = server();
        let mark = if url.contains('?') { '&' } else { '?' };
        format!("{url}{mark}schema={}&connections=6", self.0)
    }
}

impl Drop for Schemas {
    fn drop(&mut self) {
        let name = self.0.clone();
        apart(async move {
            let client = client().await;
            for schema in schemas(&client).await {
                if schema == name || schema.strip_prefix(&*name).is_some_and(|rest| rest.starts_with('_')) {
                    remove(&client, &schema).await;
                }
            }
        });
    }
}

/// A connection for what no adapter does.
///
/// # Panics
/// Where the server does not answer.
pub async fn client() -> Client {
    let (client, line) = tokio_postgres::connect(&server(), NoTls).await.expect("the server of the tests");
    tokio::spawn(line);
    client
}

fn server() -> String {
    std::env::var(VARIABLE).expect("asked for only where a server is there")
}

/// Once a process, what is left of processes that have ended is removed.
static SWEPT: LazyLock<()> = LazyLock::new(|| {
    apart(async {
        let client = client().await;
        for schema in schemas(&client).await {
            let of = schema.strip_prefix("run_").and_then(|rest| rest.split('_').next());
            let ended = of.is_some_and(|process| !Path::new("/proc").join(process).exists());
            if ended && Path::new("/proc/self").exists() {
                remove(&client, &schema).await;
            }
        }
    });
});

async fn schemas(client: &Client) -> Vec<String> {
    let sql = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'run\\_%'";
    client.query(sql, &[]).await.expect("schemas are listed").iter().map(|row| row.get(0)).collect()
}

/// A reader that still looks holds it up; what is left goes with the server, or with a later run.
async fn remove(client: &Client, schema: &str) {
    let sql = format!("SET lock_timeout = '1s'; DROP SCHEMA IF EXISTS \"{schema}\" CASCADE");
    if let Err(error) = client.batch_execute(&sql).await {
        eprintln!("schema {schema} is left: {error}");
    }
}

/// Runs something on a thread of its own, whatever runtime this is called in.
fn apart(work: impl Future<Output = ()> + Send + 'static) {
    let done = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime can be started").block_on(work);
    });
    assert!(done.join().is_ok() || std::thread::panicking(), "schemas could not be dropped");
}
