//! A PostgreSQL of our own: on a free loopback port, in a folder of its own, with `fsync` on, as the server is by default.
//!
//! PostgreSQL refuses to run as root, so there it runs as the user `postgres` that Debian's package makes.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::Call;
use crate::problem::Problem;

/// A server that was started here. Dropping it does nothing; [`Postgres::stop`] ends it and removes its folder.
pub(super) struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    root: bool,
}

impl Postgres {
    /// The server of a folder, running or not; none where PostgreSQL is not installed.
    pub(super) fn of(folder: PathBuf, root: bool) -> Option<Self> {
        programs().map(|programs| Self { folder, programs, root })
    }

    /// Starts it.
    ///
    /// # Errors
    /// When a program of PostgreSQL does not start or does not succeed.
    pub(super) fn start(&self) -> Result<(), Problem> {
        let (data, text) = (self.data(), |path: &Path| path.display().to_string());
        let read = |source| Problem::Read { path: self.folder.clone(), source };
        if self.root {
            let mut make = Command::new("install");
            make.args(["-d", "-o", "postgres", "-m", "700"]).arg(&self.folder);
            Call::new(make).output()?;
        } else {
            std::fs::create_dir_all(&self.folder).map_err(read)?;
        }
        let listener = TcpListener::bind("127.0.0.1:0").map_err(read)?;
        let port = listener.local_addr().map_err(read)?.port();
        drop(listener);
        self.call("initdb", &["-D", &text(&data), "-A", "trust", "-U", "postgres"]).output()?;
        let options = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c max_connections=300",
            self.folder.display()
        );
        let log = text(&self.folder.join("log"));
        self.call("pg_ctl", &["-D", &text(&data), "-o", &options, "-w", "-l", &log, "start"]).output()?;
        Ok(())
    }

    /// Its URL. It serves as soon as it has started.
    ///
    /// # Errors
    /// When it does not run.
    pub(super) fn serving(&self) -> Result<String, Problem> {
        let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        self.running().ok_or_else(|| Problem::Silent { name: "postgresql", what: "it ended", log: log() })
    }

    /// Its URL, if it runs.
    pub(super) fn running(&self) -> Option<String> {
        let data = self.data().display().to_string();
        self.call("pg_ctl", &["-D", &data, "status"]).output().ok()?;
        // The fourth line of this file is the port.
        let mut cat = Command::new("cat");
        cat.arg(self.data().join("postmaster.pid"));
        let lines = Call::new(cat).output().ok()?;
        lines.lines().nth(3).map(url)
    }

    /// Ends it and removes its folder. One that has ended by itself is no error.
    ///
    /// # Errors
    /// When it does not end.
    pub(super) fn stop(&self) -> Result<(), Problem> {
        let data = self.data().display().to_string();
        if self.running().is_some() {
            self.call("pg_ctl", &["-D", &data, "-m", "fast", "-w", "stop"]).output()?;
        }
        let removed = std::fs::remove_dir_all(&self.folder);
        removed.map_err(|source| Problem::Read { path: self.folder.clone(), source })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn call(&self, program: &str, arguments: &[&str]) -> Call {
        let program = self.programs.join(program);
        let mut command = if self.root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(arguments).current_dir("/");
        Call::new(command)
    }
}

fn url(port: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{}/postgres", port.trim())
}

/// The folder of PostgreSQL's programs: Debian's newest, or that of a `pg_ctl` on the search path.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.reverse();
    folders.extend(std::env::split_paths(&path));
    folders.into_iter().find(|folder| folder.join("pg_ctl").exists() && folder.join("initdb").exists())
}
