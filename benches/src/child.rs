//! Servers as processes of their own, and what they take of processor and memory, as `/proc` tells it.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use diptych::Result;

use crate::{http::Connection, number::float, row::Setting};

/// A running server. It is killed where it was not stopped.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    /// `address:port`.
    pub(crate) address: String,
}

/// How long a server may take to start or stop.
const AT_MOST: Duration = Duration::from_secs(60);

/// The shop that was built beside this program.
///
/// # Errors
/// Where there is none.
pub(crate) fn shop() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let shop = own.with_file_name(format!("shop{}", std::env::consts::EXE_SUFFIX));
    if shop.exists() {
        Ok(shop)
    } else {
        Err(format!("{} is missing; start this as `cargo xtask bench`, which builds it", shop.display())
            .into())
    }
}

/// A folder with so many made-up orders of the shop and what led to them, made by the shop itself, once per run.
///
/// # Errors
/// Where the shop could not make it.
pub(crate) fn seeded(setting: &Setting, orders: usize) -> Result<PathBuf> {
    let folder = setting.shared.join(format!("shop-{orders}"));
    if !folder.exists() {
        setting.tell.now(format!("having the shop make {orders} orders"));
        let seed = ["seed", "--seed", "1", "--json", "--log", "warn", "--orders", &orders.to_string()];
        let mut command = Command::new(shop()?);
        command.args(seed).args(["--store", &store(&folder)]).stdin(Stdio::null());
        let made = command.output()?;
        if !made.status.success() {
            return Err(format!("shop seed: {}", String::from_utf8_lossy(&made.stderr)).into());
        }
    }
    Ok(folder)
}

fn store(folder: &Path) -> String {
    format!("sqlite:{}", folder.display())
}

impl Server {
    /// Starts the shop on a folder; returns once it listens.
    ///
    /// # Errors
    /// Where it does not start.
    pub(crate) fn shop(folder: &Path) -> Result<Self> {
        let mut command = Command::new(shop()?);
        command.args(["--store", &store(folder), "--listen", "127.0.0.1:0", "--log", "warn"]);
        Self::start(command)
    }

    /// Starts a program that prints where it listens.
    ///
    /// # Errors
    /// Where it ends before that.
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let mut server = Self { process, address: String::new() };
        let address = line.trim().strip_prefix("listening on http://");
        server.address = address.ok_or("a server ended before it listened")?.to_owned();
        Ok(server)
    }

    /// Waits until it says that it is ready.
    ///
    /// # Errors
    /// Where it does not, for a minute.
    pub(crate) async fn ready(&self) -> Result {
        let begun = Instant::now();
        let mut connection = Connection::open(&self.address).await?;
        while connection.get("/readyz").await?.status != 200 {
            if begun.elapsed() > AT_MOST {
                return Err("a server did not get ready".into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await; // tidy: nothing tells that another process is ready but asking
        }
        Ok(())
    }

    /// The processor time that it has taken, user and system, in microseconds; in steps of a hundredth of a second.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub(crate) fn processor(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name of the program stands in brackets and may hold anything; what follows is counted from its end.
        let rest = stat.rsplit_once(") ").ok_or("a line of /proc without a name")?.1;
        let ticks = rest.split(' ').skip(11).take(2).map(str::parse::<u64>);
        let ticks = ticks.sum::<Result<u64, _>>()?;
        Ok(float(ticks) * 1e6 / float(rustix::param::clock_ticks_per_second()))
    }

    /// The memory that it holds, in megabytes of 10⁶ bytes.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub(crate) fn memory(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS in /proc")?;
        Ok(float(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1_024) / 1e6)
    }

    /// Tells it to stop, and waits until it has.
    ///
    /// # Errors
    /// Where it does not.
    pub(crate) async fn stop(mut self) -> Result {
        let process = i32::try_from(self.process.id())?;
        let process = rustix::process::Pid::from_raw(process).ok_or("a process without a number")?;
        rustix::process::kill_process(process, rustix::process::Signal::TERM)?;
        let begun = Instant::now();
        while self.process.try_wait()?.is_none() {
            if begun.elapsed() > AT_MOST {
                return Err("a server did not stop".into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await; // tidy: nothing tells that another process has ended but asking
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(None) = self.process.try_wait() {
            drop(self.process.kill());
            drop(self.process.wait());
        }
    }
}
