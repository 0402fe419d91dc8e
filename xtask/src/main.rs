//! What the project runs on itself: `cargo xtask test`, `torture`, `bench` and `tidy`.
//!
//! Read [`suite`] first: it is the test command. [`services`] is what tests need from the machine, [`tidy`] what is
//! checked about the sources. Nothing here is shipped, and nothing heavy is built to run it.

mod bench;
mod cargo;
mod polyglot;
mod problem;
mod services;
mod suite;
mod tidy;
mod torture;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use crate::problem::Problem;

#[derive(Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", about = "What the project runs on itself")]
enum Task {
    /// Check and test everything, in the order that fails soonest
    ///
    /// The steps are: what tests need from the machine, format, tidy, clippy, doc, test. The first that fails ends
    /// the run.
    Test(suite::Options),
    /// Measure what Diptych costs beside the same by hand, and write docs/benchmarks.md
    ///
    /// Every row is measured together with its baseline, in pairs. Ends with an error where a target is missed.
    Bench(bench::Options),
    /// Start, stop or look at servers that stay up between test runs
    #[command(subcommand)]
    Services(services::Order),
    /// Run the shop on PostgreSQL, MongoDB's protocol, Elasticsearch and Redis, which it gets and starts
    Polyglot(polyglot::Options),
    /// Run the proofs by trying in their long form, and report what they have seen
    Torture(torture::Options),
    /// Check sizes, headers, names, words, dependency arrows and links of the files that git tracks
    Tidy,
}

fn main() -> ExitCode {
    match run(Task::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<(), Problem> {
    let root = workspace::root()?;
    match task {
        Task::Test(options) => suite::run(&root, &options),
        Task::Bench(options) => bench::run(&root, &options),
        Task::Polyglot(options) => polyglot::run(&root, &options),
        Task::Services(order) => services::carry_out(&root, &order),
        Task::Torture(options) => torture::run(&root, &options),
        Task::Tidy => tidy::run(&root),
    }
}
