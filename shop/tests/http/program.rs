//! The real program, as a process of its own: to be told to stop, to be killed, and to be started again.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use crate::shop::Shop;

/// What a program on a database has to be given.
const MASTER_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// A running shop. It is killed where a test leaves it running.
#[derive(Debug)]
pub(crate) struct Program {
    process: Child,
    /// A client of it.
    pub(crate) shop: Shop,
}

impl Program {
    /// Starts it on a store, and waits until it listens.
    pub(crate) fn start(store: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_shop"))
            .args(["--store", store, "--listen", "127.0.0.1:0", "--log", "warn"])
            .envs(store.starts_with("postgres:").then_some(("DIPTYCH_MASTER_KEY", MASTER_KEY)))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next().expect("the shop ended before it listened").unwrap();
        let address = line.strip_prefix("listening on http://").expect("where it listens").to_owned();
        Self { process, shop: Shop::at(address) }
    }

    /// SIGKILL: nothing is put away.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// How much memory it has, in bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// SIGTERM.
    pub(crate) fn tell_to_stop(&self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Waits for its end, and tells how it ended; none where it does not.
    pub(crate) async fn ended_within(&mut self, time: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + time;
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait().unwrap() {
                return Some(status);
            }
            // tidy: nothing tells that another process has ended but asking
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        None
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        if let Ok(None) = self.process.try_wait() {
            self.process.kill().unwrap();
            self.process.wait().unwrap();
        }
    }
}
