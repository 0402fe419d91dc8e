//! The servers of read models that tests speak to: the one that all share, and an [`OwnEngine`] for a test that kills, stops or
//! fills its server.
//!
//! `cargo xtask test` starts the shared ones and makes the launchers; `cargo xtask services up` prints the same variables.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// A kind of server, by what tests are told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Redis.
    Redis,
    /// What speaks MongoDB's protocol.
    Mongodb,
    /// OpenSearch.
    Opensearch,
    /// Elasticsearch.
    Elasticsearch,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Self::Redis => "REDIS",
            Self::Mongodb => "MONGODB",
            Self::Opensearch => "OPENSEARCH",
            Self::Elasticsearch => "ELASTICSEARCH",
        }
    }

    fn scheme(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::Mongodb => "mongodb",
            Self::Opensearch => "opensearch+http",
            Self::Elasticsearch => "elasticsearch+http",
        }
    }

    /// The URL of the server that all tests share, in the form that settings take. A test that finds none says so on stderr and
    /// passes, where tests were told to do without servers.
    ///
    /// # Panics
    /// Where there is none, and tests were not told so.
    #[must_use]
    pub fn url(self) -> Option<String> {
        told(&format!("DIPTYCH_TEST_{}_URL", self.name()))
    }
}

/// What a variable says; none where tests were told to do without servers.
fn told(variable: &str) -> Option<String> {
    if let Ok(value) = std::env::var(variable) {
        return Some(value);
    }
    assert!(
        std::env::var_os("DIPTYCH_TEST_EMBEDDED").is_some(),
        "{variable} is not set; `cargo xtask test` sees to it, and DIPTYCH_TEST_EMBEDDED=1 leaves such tests out"
    );
    eprintln!("nothing to test: {variable} is not set, and DIPTYCH_TEST_EMBEDDED is");
    None
}

/// A server of a test's own: on one port and one folder for as long as this lives, however often it is killed and started.
#[derive(Debug)]
pub struct OwnEngine {
    engine: Engine,
    launcher: PathBuf,
    folder: PathBuf,
    port: u16,
    process: Option<Child>,
}

impl OwnEngine {
    /// One that has not been started yet; none where tests were told to do without servers.
    ///
    /// # Panics
    /// Where there is no launcher, and tests were not told so.
    #[must_use]
    pub fn unstarted(engine: Engine) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let launcher = told(&format!("DIPTYCH_TEST_{}_START", engine.name()))?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("diptych-own-{}-{}-{count}", engine.scheme(), std::process::id());
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its number").port();
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        Some(Self { engine, launcher: launcher.into(), folder, port, process: None })
    }

    /// One whose process has been started; that it serves is for the test to wait for, as its users must.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn start(engine: Engine) -> Option<Self> {
        let mut server = Self::unstarted(engine)?;
        server.start_again();
        Some(server)
    }

    /// Starts the process, for the first time or after it was killed.
    ///
    /// # Panics
    /// Where it does not start, or runs.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "it runs");
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.folder.join("log"));
        let log = log.expect("a log");
        let also = log.try_clone().expect("the same log");
        let mut start = Command::new(&self.launcher);
        start.arg(self.port.to_string()).arg(self.folder.join("data"));
        let started = start.stdin(Stdio::null()).stdout(log).stderr(also).spawn();
        self.process = Some(started.expect("a server starts"));
    }

    /// Its URL, in the form that settings take.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", self.engine.scheme(), self.port)
    }

    /// Where it listens, on loopback.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it said, for a test that fails.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Where it keeps things.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// SIGKILL; nothing is put away. It is gone when this returns.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn kill(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().expect("a process of ours is killed");
        process.wait().expect("and gone");
    }

    /// SIGSTOP: connections stay, and nothing is answered.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// SIGCONT.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.process.as_ref().expect("it runs").id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().expect("a program of the system");
        assert!(sent.success(), "kill {signal} {id}");
    }
}

impl Drop for OwnEngine {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            eprintln!("the folder of a server is left: {error}");
        }
    }
}
