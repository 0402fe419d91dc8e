//! What Diptych costs, beside the same by hand: `cargo xtask bench`.
//!
//! Read [`row`] first: what a row is. Then [`rows`], a file each; [`hand`], what stands beside ours; [`run`], how pairs are
//! measured; [`ratio`], the median and its interval; [`report`], what is left of it. [`beside`] is another process of the same.

mod bank;
mod beside;
mod callers;
mod child;
mod hand;
mod http;
mod number;
mod progress;
mod ratio;
mod report;
mod row;
mod rows;
mod run;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use diptych::{Clock, Result, SystemClock};

use crate::{
    report::Made,
    row::Scale,
    run::{Plan, Ran, Verdict},
};

/// Under both sides, since the shop has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(
    name = "diptych-benches",
    bin_name = "cargo xtask bench",
    about = "What Diptych costs, beside the same by hand"
)]
struct Options {
    /// Only the rows of these names, separated by commas
    #[arg(long, value_name = "ROW", value_delimiter = ',')]
    only: Vec<String>,
    /// How many pairs a row is measured with [default: 15, with --quick 3]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pairs: Option<u16>,
    /// Small logs and few pairs: shows in a minute that everything runs; the figures mean little
    #[arg(long)]
    quick: bool,
    /// Print every number as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Write benchmarks.md and benchmarks/ into this folder [default: nothing is written]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Keep the stores that are measured in this folder, which must be on a disk [default: beside this program]
    #[arg(long, value_name = "DIR")]
    stores: Option<PathBuf>,
    /// Measure the rows on PostgreSQL on this server; they are left out without
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Be another process of the bank on this database; used by rows
    #[arg(long, value_name = "URL", hide = true)]
    beside: Option<String>,
    /// With --beside: can be asked for balances
    #[arg(long, hide = true)]
    fill: bool,
    /// Serve orders from this read model without Diptych; used by a row
    #[arg(long, value_name = "FILE", hide = true)]
    bare_server: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match go(Options::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn go(options: Options) -> Result<ExitCode> {
    if let Some(model) = options.bare_server {
        hand::server::serve(model).await?;
        return Ok(ExitCode::SUCCESS);
    }
    observed_as_by_default();
    if let Some(url) = options.beside {
        let role = if options.fill { beside::Role::Balances } else { beside::Role::Commands };
        beside::be(&url, role).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = rows::all();
    let names: Vec<_> = rows.iter().map(|row| row.name()).collect();
    if let Some(unknown) = options.only.iter().find(|only| !names.contains(&only.as_str())) {
        return Err(format!("no row is named {unknown}; there are: {}", names.join(", ")).into());
    }
    rows.retain(|row| options.only.is_empty() || options.only.iter().any(|only| only == row.name()));
    if options.postgres.is_none() {
        rows.iter().filter(|row| row.needs_postgres()).for_each(|row| {
            eprintln!("{} is left out: it needs --postgres URL", row.name());
        });
        rows.retain(|row| !row.needs_postgres());
    }
    let scale = if options.quick { Scale::Quick } else { Scale::Full };
    let pairs = options.pairs.map_or(scale.of(3, 15), usize::from);
    let beside = std::env::current_exe()?;
    let stores = options.stores.as_deref().or(beside.parent()).ok_or("nowhere to keep stores")?;
    std::fs::create_dir_all(stores)?;
    let folder = tempfile::Builder::new().prefix("diptych-bench-").tempdir_in(stores)?;
    let (wanted, when) = (rows.len(), today());
    let made = || Made { when: when.clone(), machine: machine(), pairs, quick: options.quick };
    let keep = |ran: &[Ran]| options.out.as_deref().map_or(Ok(()), |out| report::write(out, ran, &made()));
    let ran = run::run(Plan { rows, pairs, scale, postgres: options.postgres, folder: folder.path() }, keep)
        .await?;
    if options.json {
        println!("{}", report::numbers(&ran, &made()));
    } else {
        ran.iter().flat_map(|ran| &ran.lines).for_each(|line| println!("{}", report::table_row(line)));
    }
    if ran.len() < wanted {
        return Err(format!("{} of {wanted} rows failed (told above)", wanted - ran.len()).into());
    }
    Ok(if all_met(&ran) { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// As `serve` does by default: spans are recorded from `info` on. The lines themselves go nowhere.
fn observed_as_by_default() {
    let lines = tracing_subscriber::fmt().with_env_filter("info").with_writer(std::io::sink);
    lines.init();
}

/// Whether every target is met by its median.
fn all_met(ran: &[Ran]) -> bool {
    ran.iter().flat_map(|ran| &ran.lines).all(|line| line.verdict() != Verdict::Missed)
}

fn today() -> String {
    SystemClock.now().to_string().chars().take(16).collect::<String>() + " UTC"
}

/// Processors, kernel, and how busy it was otherwise.
fn machine() -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let (kernel, load) = (read("/proc/sys/kernel/osrelease"), read("/proc/loadavg"));
    let model = read("/proc/cpuinfo");
    let model = model.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']);
    let load = load.split(' ').nth(2).unwrap_or("?").to_owned();
    format!(
        "{processors} processors ({model}), Linux {}, load over the last 15 minutes {load}",
        kernel.trim()
    )
}
