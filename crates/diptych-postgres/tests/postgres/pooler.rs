//! Behind a pooler that gives a connection for one transaction only: no statement relies on the state of a session, and news
//! comes by `listen`, or without it by looking.

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use diptych_core::{EventStore, Position, RecordedEvent};
use diptych_postgres::{PostgresDatabase, PostgresOptions};
use diptych_testkit::{
    deadline::within,
    draft::{append, event},
};

use crate::{
    endure::endure,
    server::{Place, run},
};

/// A pooler before the server of the tests. It ends when this is dropped.
struct Pooler {
    process: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Pooler {
    /// Starts one; none where there is none on this machine, which is said on stderr.
    async fn start() -> Option<Self> {
        let Ok(program) = std::env::var("DIPTYCH_TEST_PGBOUNCER") else {
            eprintln!(
                "nothing to test: DIPTYCH_TEST_PGBOUNCER names no pooler; `cargo xtask test` finds or installs one"
            );
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let url = Place::url();
        let server: tokio_postgres::Config = url.parse().unwrap();
        let user = server.get_user().unwrap();
        let file = folder.path().join("pgbouncer.ini");
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 4\nlogfile = {}\n\
             [users]\n",
            server.get_ports()[0],
            folder.path().join("log").display(),
        );
        let settings = settings.replace("* = host", &format!("* = user={user} host"));
        std::fs::write(&file, settings).unwrap();
        let mut command = Command::new(program);
        if diptych_testkit::postgres::is_root() {
            assert!(
                Command::new("chown").args(["-R", "postgres"]).arg(folder.path()).status().unwrap().success()
            );
            command.args(["-u", "postgres"]);
        }
        let process = command.arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let pooler = Self { process, folder, port };
        let ready = async {
            while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                // tidy: nothing tells that another process listens but trying
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        within("the pooler listens", ready).await;
        Some(pooler)
    }

    fn url(&self) -> String {
        let (url, of) = (Place::url(), format!("127.0.0.1:{}", self.port));
        let (user, place) = url.split_once('@').unwrap();
        format!("{user}@{of}/{}", place.split_once('/').unwrap().1)
    }

    async fn opened(&self, place: &Place, listen_url: Option<String>) -> PostgresDatabase {
        let options = PostgresOptions {
            schema: place.schema.clone(),
            connections: 6,
            listen_url,
            poll: Duration::from_millis(500),
            ..PostgresOptions::default()
        };
        PostgresDatabase::open(&self.url(), options).await.unwrap()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        if self.process.kill().and_then(|()| self.process.wait()).is_err() {
            eprintln!("a pooler is left, with its folder {}", self.folder.path().display());
        }
    }
}

#[test]
fn behind_a_pooler_everything_is_kept_and_nothing_relies_on_a_session() {
    run(async {
        let Some(pooler) = Pooler::start().await else { return };
        let place = Place::new();
        let pooled = pooler.opened(&place, None).await;
        let time = async {
            // tidy: for so long the writers go on
            tokio::time::sleep(Duration::from_secs(2)).await;
        };
        let (endured, ()) = endure(&pooled, async || place.opened().await, time).await;
        assert_eq!((endured.failed, endured.unknown), (0, 0), "{endured:?}");
        assert!(endured.events > 0, "{endured:?}");
    });
}

#[test]
fn news_comes_through_a_pooler_by_looking_and_around_it_by_listening() {
    run(async {
        let Some(pooler) = Pooler::start().await else { return };
        let place = Place::new();
        let writing = place.store().await;
        for listen_url in [None, Some(Place::url())] {
            let store: Arc<dyn EventStore> = pooler.opened(&place, listen_url.clone()).await.store();
            let mut seen = store.head().await.unwrap();
            let mut watch = store.watch();
            for _ in 0..3 {
                let last = append(&*writing, [event("account/1", "Opened")]).await;
                let last: Position = last.events.last().map(RecordedEvent::position).unwrap();
                seen = within("news comes", watch.past(seen)).await.unwrap();
                assert_eq!(seen, last, "with {listen_url:?}");
            }
        }
    });
}
