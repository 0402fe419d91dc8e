//! A server of a test's own, to be killed and filled up: on a free port, in a folder of its own, as the user `postgres` where the
//! test is root, since PostgreSQL refuses to run as that.

use std::{
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{self, Command, Output},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

/// How long it may take to start, also after a crash.
const START: Duration = Duration::from_secs(60);

/// A server that runs until this is dropped.
#[derive(Debug)]
pub struct OwnServer {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
    connections: u32,
    mounted: bool,
}

impl OwnServer {
    /// Starts one that takes so many connections; none where PostgreSQL is not installed, which is said on stderr.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn start(connections: u32) -> Option<Self> {
        Self::start_on(connections, None)
    }

    /// Starts one whose disk has so many MiB; none where the system lets nobody make such a disk, too.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn start_on_small_disk(connections: u32, mebibytes: u32) -> Option<Self> {
        Self::start_on(connections, Some(mebibytes))
    }

    fn start_on(connections: u32, mebibytes: Option<u32>) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Some(programs) = programs() else {
            eprintln!("nothing to test: PostgreSQL's programs are not on this machine");
            return None;
        };
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("diptych-own-postgres-{}-{count}", process::id()));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its number").port();
        drop(listener);
        let mut server = Self { folder, programs, port, connections, mounted: false };
        std::fs::create_dir_all(&server.folder).expect("a folder");
        if let Some(mebibytes) = mebibytes {
            let size = format!("size={mebibytes}m");
            let folder = server.folder.display().to_string();
            server.mounted = done(&run("mount", &["-t", "tmpfs", "-o", &size, "tmpfs", &folder]));
            if !server.mounted {
                eprintln!("nothing to test: a small disk can be made by root only, by `mount`");
                return None;
            }
        }
        if is_root() {
            assert!(done(&run("chown", &["postgres", &server.folder.display().to_string()])));
        }
        let made =
            server.program("initdb", &["-D", &server.data(), "-A", "trust", "-U", "postgres", "--no-sync"]);
        assert!(done(&made), "initdb: {}", text(&made));
        server.start_again();
        Some(server)
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Where it keeps things.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts it again after it was killed; waits until it takes connections.
    ///
    /// # Panics
    /// Where it does not.
    pub fn start_again(&self) {
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c max_connections={} -c min_wal_size=32MB -c max_wal_size=64MB",
            self.port,
            self.folder.display(),
            self.connections
        );
        let (data, log) = (self.data(), self.folder.join("log").display().to_string());
        let until = Instant::now() + START;
        loop {
            // Backends of one that was killed may still be ending, and hold its memory.
            let started = self.program("pg_ctl", &["-D", &data, "-o", &options, "-w", "-l", &log, "start"]);
            if done(&started) {
                return;
            }
            assert!(Instant::now() < until, "pg_ctl: {}", text(&started));
            // tidy: nothing tells that another process's memory is let go
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Speaks TLS from now on to those who ask for it, with this certificate and its key (PEM).
    ///
    /// # Panics
    /// Where they cannot be put there.
    pub fn take_certificate(&self, certificate: &str, key: &str) {
        let data = self.data();
        let (pem, secret) = (format!("{data}/own.pem"), format!("{data}/own.key"));
        std::fs::write(&pem, certificate).expect("a certificate is written");
        std::fs::write(&secret, key).expect("a key is written");
        assert!(done(&run("chmod", &["600", &secret])));
        if is_root() {
            assert!(done(&run("chown", &["postgres", &pem, &secret])));
        }
        let mut settings = std::fs::OpenOptions::new().append(true).open(format!("{data}/postgresql.conf"));
        let text = "ssl = on\nssl_cert_file = 'own.pem'\nssl_key_file = 'own.key'\n";
        settings.as_mut().expect("its settings").write_all(text.as_bytes()).expect("they are written");
        let stopped = self.program("pg_ctl", &["-D", &data, "-m", "fast", "-w", "stop"]);
        assert!(done(&stopped), "pg_ctl: {}", self::text(&stopped));
        self.start_again();
    }

    /// SIGKILL to the server itself; nothing is put away.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn kill(&self) {
        kill_9(&self.pid());
    }

    /// SIGKILL to one of its processes.
    pub fn kill_backend(&self, pid: i32) {
        kill_9(&pid.to_string());
    }

    fn pid(&self) -> String {
        // The first line of this file, which only the server's user may read.
        let file = run("head", &["-n", "1", &format!("{}/postmaster.pid", self.data())]);
        let pid = text(&file).trim().to_owned();
        assert!(pid.parse::<u32>().is_ok(), "the server's id is {pid:?}");
        pid
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    fn program(&self, name: &str, arguments: &[&str]) -> Output {
        let program = self.programs.join(name).display().to_string();
        if is_root() {
            run("runuser", &[&["-u", "postgres", "--", &program], arguments].concat())
        } else {
            run(&program, arguments)
        }
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        if Path::new(&self.data()).join("postmaster.pid").exists() {
            let stopped = self.program("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]);
            if !done(&stopped) {
                eprintln!("a server of a test is left: {}", text(&stopped));
            }
        }
        if self.mounted && !done(&run("umount", &[&self.folder.display().to_string()])) {
            eprintln!("the disk of a test is left at {}", self.folder.display());
        }
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            eprintln!("the folder of a server is left: {error}");
        }
    }
}

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).current_dir("/").output().expect("a program of the system")
}

/// It may have ended by itself.
fn kill_9(pid: &str) {
    let killed = run("kill", &["-9", pid]);
    if !done(&killed) {
        eprintln!("{}", text(&killed));
    }
}

fn done(output: &Output) -> bool {
    output.status.success()
}

fn text(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{out}{err}")
}

/// Whether this is root, as whom PostgreSQL and its pooler refuse to run.
#[must_use]
pub fn is_root() -> bool {
    text(&run("id", &["-u"])).trim() == "0"
}

/// The folder of PostgreSQL's programs: Debian's newest, or that of a `pg_ctl` on the search path.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    folders.into_iter().find(|folder| folder.join("pg_ctl").exists() && folder.join("initdb").exists())
}
