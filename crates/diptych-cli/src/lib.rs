//! The command line of every Diptych application: one line mounts it.
//!
//! ```text
//! App::open("sqlite:bank")?.command::<Withdraw>().projection(balances).query(balance).run().await
//! ```
//!
//! Without a subcommand the application serves; `migrate` brings its store up to date. Settings come from flags, the environment and a file, in that order;
//! see [`settings`]. Exit codes: 0 done, 1 failed, 2 wrong use.

mod cli;
mod logging;
mod migrate;
mod serve;
pub mod settings;

pub use cli::{Cli, CliError, RunApp, Subcommand};
pub use serve::{Served, serve};
pub use settings::Settings;
