//! The real program, as a process of its own: to be told to stop, to be killed, and to be started again.

use std::{
    process::{ExitStatus, Stdio},
    time::Duration,
};

use diptych_testkit::deadline::within;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, Command},
    task::JoinHandle,
};

use crate::shop::Shop;

/// What a program on a database has to be given.
const MASTER_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// A running shop. It is killed where a test leaves it running.
#[derive(Debug)]
pub(crate) struct Program {
    process: Child,
    /// Everything that it prints after where it listens, on either stream.
    said: JoinHandle<Vec<u8>>,
    /// A client of it.
    pub(crate) shop: Shop,
}

impl Program {
    /// Starts it on a store, and waits until it listens.
    pub(crate) async fn start(store: &str) -> Self {
        Self::start_with(&["--store", store, "--log", "warn"]).await
    }

    /// Starts it with these arguments, where no settings but them count, and waits until it listens.
    pub(crate) async fn start_with(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shop"));
        let settings = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DIPTYCH_"));
        for (name, _) in settings {
            command.env_remove(name);
        }
        command.envs(
            arguments
                .iter()
                .any(|argument| argument.starts_with("postgres:"))
                .then_some(("DIPTYCH_MASTER_KEY", MASTER_KEY)),
        );
        command.args(["--listen", "127.0.0.1:0"]).args(arguments).current_dir(env!("CARGO_TARGET_TMPDIR"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut printed = BufReader::new(process.stdout.take().unwrap());
        let mut logged = process.stderr.take().unwrap();
        let mut line = String::new();
        within("the shop listens", printed.read_line(&mut line)).await.unwrap();
        let Some(address) = line.trim_end().strip_prefix("listening on http://") else {
            let mut why = String::new();
            logged.read_to_string(&mut why).await.unwrap();
            panic!("the shop ended before it listened: {line}{why}");
        };
        let shop = Shop::at(address.to_owned());
        let said = tokio::spawn(async move {
            let (mut first, mut second) = (Vec::new(), Vec::new());
            let both =
                tokio::join!(printed.read_to_end(&mut first), read_and_shown(&mut logged, &mut second));
            both.0.unwrap();
            first.extend(second);
            first
        });
        Self { process, said, shop }
    }

    /// SIGKILL: nothing is put away. Answers everything that it has printed.
    pub(crate) async fn kill(mut self) -> Vec<u8> {
        self.process.kill().await.unwrap();
        within("its last words come", self.said).await.unwrap()
    }

    /// The same where a new one takes its place.
    pub(crate) async fn kill_in_place(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Its number among the processes.
    #[cfg(target_os = "linux")]
    pub(crate) fn id(&self) -> u32 {
        self.process.id().expect("it runs")
    }

    /// How much memory it has, in bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// SIGTERM.
    pub(crate) fn tell_to_stop(&self) {
        let id = self.process.id().expect("it runs").to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Waits for its end, and tells how it ended; none where it does not.
    pub(crate) async fn ended_within(&mut self, time: Duration) -> Option<ExitStatus> {
        tokio::time::timeout(time, self.process.wait()).await.ok().map(Result::unwrap)
    }

    /// Tells it to stop, and waits until it has. Answers everything that it has printed.
    pub(crate) async fn stop(mut self) -> Vec<u8> {
        self.tell_to_stop();
        let status = within("it stops", self.process.wait()).await.unwrap();
        assert_eq!(status.code(), Some(0));
        within("its last words come", self.said).await.unwrap()
    }
}

/// Reads what a program logs; warnings and worse are shown beside the test's own output too.
async fn read_and_shown(logged: &mut (impl tokio::io::AsyncRead + Unpin), into: &mut Vec<u8>) {
    let mut lines = BufReader::new(logged);
    let mut from = 0;
    while lines.read_until(b'\n', into).await.unwrap() > 0 {
        let line = String::from_utf8_lossy(&into[from..]);
        if [" WARN ", "ERROR ", "panicked"].iter().any(|word| line.contains(word)) {
            eprint!("shop: {line}");
        }
        from = into.len();
    }
}
