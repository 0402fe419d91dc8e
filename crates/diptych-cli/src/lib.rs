//! The command line of every Diptych application: one line mounts it.
//!
//! ```text
//! App::open("sqlite:bank")?.command::<Withdraw>().projection(balances).query(balance).run().await
//! ```
//!
//! Without a subcommand the application serves. `projections`, `events`, `streams`, `correlation`, `check` and `top` operate it, the store
//! itself or, with `--url`, a server; `backup`, `restore` and `migrate` look after the store; `completions` and `man` are for shells.
//! Settings come from flags, the environment and a file, in that order; see [`settings`]. Exit codes: 0 done, 1 failed or something
//! differs, 2 wrong use, 3 refused in this state, 4 no such thing, 130 interrupted.

mod backup;
mod cli;
mod commands;
mod logging;
mod migrate;
mod operator;
mod output;
mod serve;
pub mod settings;
mod shell;

pub use cli::{Cli, CliError, RunApp, Subcommand};
pub use serve::{Served, serve};
pub use settings::Settings;
