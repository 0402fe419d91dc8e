//! A server that a launcher starts: on a free loopback port, in a folder of its own, where its process id and its port are kept
//! so that a later run finds it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::engine::Engine;
use crate::cargo::Call;
use crate::problem::Problem;

/// How long a start or an end may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often is looked.
const PACE: Duration = Duration::from_millis(50);

/// The server of a folder, running or not. Dropping it does nothing.
pub(super) struct Server {
    engine: &'static Engine,
    folder: PathBuf,
}

/// What a folder says of the server that was started in it.
struct State {
    process: String,
    port: u16,
}

impl Server {
    pub(super) fn of(engine: &'static Engine, folder: PathBuf) -> Self {
        Self { engine, folder }
    }

    /// Starts the launcher, and does not wait for it to serve.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) fn start(&self, launcher: &PathBuf) -> Result<(), Problem> {
        let write = |source| Problem::Write { path: self.folder.clone(), source };
        std::fs::create_dir_all(&self.folder).map_err(write)?;
        let listener = TcpListener::bind("127.0.0.1:0").map_err(write)?;
        let port = listener.local_addr().map_err(write)?.port();
        drop(listener);
        let log = std::fs::File::create(self.folder.join("log")).map_err(write)?;
        let also = log.try_clone().map_err(write)?;
        let mut start = Command::new(launcher);
        start.arg(port.to_string()).arg(self.data()).stdin(Stdio::null()).stdout(log).stderr(also);
        // A group of its own: it outlives the terminal's Ctrl-C, and is ended by who started it.
        let started = start.process_group(0).spawn();
        let command = launcher.display().to_string();
        let started = started.map_err(|source| Problem::Start { command, source })?;
        std::fs::write(self.folder.join("state"), format!("{} {port}", started.id())).map_err(write)
    }

    /// Waits until it serves; answers its URL.
    ///
    /// # Errors
    /// When it ends first, or takes too long; with the end of its log.
    pub(super) fn serving(&self) -> Result<String, Problem> {
        let began = Instant::now();
        loop {
            let Some(state) = self.state().filter(|state| self.lives(state)) else {
                return Err(self.silent("it ended"));
            };
            if answers(state.port, self.engine.ready) {
                return Ok(self.url(&state));
            }
            if began.elapsed() > PATIENCE {
                return Err(self.silent("it does not answer"));
            }
            std::thread::sleep(PACE);
        }
    }

    /// Its URL, if it runs.
    pub(super) fn running(&self) -> Option<String> {
        let state = self.state()?;
        self.lives(&state).then(|| self.url(&state))
    }

    /// Ends it and removes its folder. One that has ended by itself is no error.
    ///
    /// # Errors
    /// When it does not end.
    pub(super) fn stop(&self) -> Result<(), Problem> {
        let began = Instant::now();
        if let Some(state) = self.state() {
            while self.lives(&state) {
                let signal = if began.elapsed() > PATIENCE / 4 { "-KILL" } else { "-TERM" };
                let mut end = Command::new("kill");
                end.args([signal, &state.process]);
                // It may have ended since it was looked at, which the next look tells.
                if let Err(problem) = Call::new(end).output()
                    && self.lives(&state)
                {
                    return Err(problem);
                }
                std::thread::sleep(PACE);
            }
        }
        std::fs::remove_dir_all(&self.folder)
            .map_err(|source| Problem::Write { path: self.folder.clone(), source })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn url(&self, state: &State) -> String {
        format!("{}://127.0.0.1:{}", self.engine.scheme, state.port)
    }

    fn state(&self) -> Option<State> {
        let text = std::fs::read_to_string(self.folder.join("state")).ok()?;
        let (process, port) = text.split_once(' ')?;
        Some(State { process: process.to_owned(), port: port.parse().ok()? })
    }

    /// Whether the process is there and is this server: ids are given again, folders are not.
    fn lives(&self, state: &State) -> bool {
        let mut look = Command::new("ps");
        look.args(["-o", "stat=,args=", "-p", &state.process]);
        let folder = self.folder.display().to_string();
        Call::new(look).output().is_ok_and(|line| line.contains(&folder) && !line.starts_with('Z'))
    }

    fn silent(&self, what: &'static str) -> Problem {
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(20).collect();
        let end = lines.into_iter().rev().collect::<Vec<_>>().join("\n");
        Problem::Silent { name: self.engine.name, what, log: end }
    }
}

/// Whether what listens there says what a server of this kind does.
fn answers(port: u16, (question, expected): (&[u8], &str)) -> bool {
    let asked = || -> std::io::Result<bool> {
        let mut connection = TcpStream::connect(("127.0.0.1", port))?;
        if question.is_empty() {
            return Ok(true);
        }
        connection.set_read_timeout(Some(Duration::from_secs(5)))?;
        connection.write_all(question)?;
        let mut answer = [0; 64];
        let read = connection.read(&mut answer)?;
        Ok(String::from_utf8_lossy(answer.get(..read).unwrap_or_default()).contains(expected))
    };
    asked().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::engine::ENGINES;

    fn launcher(folder: &std::path::Path, body: &str) -> PathBuf {
        let launcher = folder.join("start");
        std::fs::write(&launcher, format!("#!/bin/sh\n{body}\n")).unwrap();
        Call::new({
            let mut executable = Command::new("chmod");
            executable.arg("+x").arg(&launcher);
            executable
        })
        .output()
        .unwrap();
        launcher
    }

    #[test]
    fn a_server_that_ends_is_told_with_what_it_said() {
        let folder = std::env::temp_dir().join(format!("diptych-xtask-server-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let launcher = launcher(&folder, "echo out of luck; exit 1");
        let server = Server::of(&ENGINES[0], folder.join("server"));
        server.start(&launcher).unwrap();
        let said = server.serving().unwrap_err().to_string();
        assert!(said.contains("it ended") && said.contains("out of luck"), "{said}");
        assert_eq!(server.running(), None);
        server.stop().unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
