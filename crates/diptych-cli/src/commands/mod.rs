//! What an operator may tell a program: a file for each kind of thing. Each command is one call or some of the operator's API, and
//! what is printed of the answers; so it works on the store itself and, with `--url`, on a server.
//!
//! What holds: Ctrl-C leaves nothing half-done. A command is dropped where it stands; what it had begun on the node is called off or
//! done to its end before the process ends.

mod check;
mod comparison;
mod correlation;
mod event;
mod events;
mod exchange;
mod projections;
mod streams;
mod top;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use diptych::App;

use crate::{
    CliError, Settings,
    operator::{self, Operator, OperatorError},
    output::Output,
};

/// It was done.
pub(crate) const DONE: ExitCode = ExitCode::SUCCESS;
/// Something differs, or failed.
const DIFFERS: ExitCode = ExitCode::FAILURE;
/// The state of the projection does not allow it.
const NOT_NOW: u8 = 3;
/// There is no such thing.
const NOTHING: u8 = 4;
/// Ctrl-C.
const INTERRUPTED: u8 = 130;

/// The exit codes, for the end of the help.
pub(crate) const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed or something differs, 2 wrong use, 3 refused in this state, \
     4 no such thing, 130 interrupted.";

/// Whom to ask, and how to answer.
#[derive(Args, Debug)]
#[group(skip)]
#[command(next_help_heading = "Operating")]
pub(crate) struct Target {
    /// Ask the server at this address instead of opening the store; --token gives its operator's token
    #[arg(long, global = true, env = "DIPTYCH_URL", value_name = "URL")]
    url: Option<String>,
    /// Print JSON, for programs
    #[arg(long, global = true)]
    json: bool,
}

/// What an operator may tell.
#[derive(Subcommand, Debug)]
pub(crate) enum OperatorCommand {
    /// See what projections do, and operate them
    #[command(arg_required_else_help = true)]
    Projections {
        #[command(subcommand)]
        what: projections::Projections,
        #[command(flatten)]
        target: Target,
    },
    /// Look at the log, follow it, take it out and in
    #[command(arg_required_else_help = true)]
    Events {
        #[command(subcommand)]
        what: events::Events,
        #[command(flatten)]
        target: Target,
    },
    /// List streams, or show one with its folded state after each event
    #[command(arg_required_else_help = true)]
    Streams {
        #[command(subcommand)]
        what: streams::Streams,
        #[command(flatten)]
        target: Target,
    },
    /// Show what one request led to
    #[command(arg_required_else_help = true)]
    Correlation {
        #[command(subcommand)]
        what: correlation::Correlation,
        #[command(flatten)]
        target: Target,
    },
    /// Check the store, and every projection against the log; exit code 1 where anything differs
    Check {
        #[command(flatten)]
        what: check::Check,
        #[command(flatten)]
        target: Target,
    },
    /// Watch rates and lags
    Top {
        #[command(flatten)]
        what: top::Top,
        #[command(flatten)]
        target: Target,
    },
}

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandFailure {
    #[error(transparent)]
    Operator(#[from] OperatorError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("{path}")]
    File { path: String, source: std::io::Error },
    #[error("{0}")]
    Text(String),
}

/// What a command answers.
pub(crate) type Outcome = Result<ExitCode, CommandFailure>;

/// Does what the arguments say.
///
/// # Errors
/// [`CliError`] where it cannot begin, or failed.
pub(crate) async fn run(
    command: OperatorCommand,
    app: App,
    settings: &Settings,
) -> Result<ExitCode, CliError> {
    let target = command.target();
    let out = if target.json { Output::Json } else { Output::Tables };
    let operator = operator::choose(target.url.as_deref(), app, settings).await?;
    let done = tokio::select! {
        done = command.act(&*operator, out) => code_of(done),
        interrupted = tokio::signal::ctrl_c() => {
            interrupted.map(|()| ExitCode::from(INTERRUPTED)).map_err(CliError::Signals)
        }
    };
    operator.close().await.map_err(CliError::Subcommand)?;
    done
}

impl OperatorCommand {
    const fn target(&self) -> &Target {
        match self {
            Self::Projections { target, .. }
            | Self::Events { target, .. }
            | Self::Streams { target, .. }
            | Self::Correlation { target, .. }
            | Self::Check { target, .. }
            | Self::Top { target, .. } => target,
        }
    }

    async fn act(&self, operator: &dyn Operator, out: Output) -> Outcome {
        match self {
            Self::Projections { what, .. } => what.run(operator, out).await,
            Self::Events { what, .. } => what.run(operator, out).await,
            Self::Streams { what, .. } => what.run(operator, out).await,
            Self::Correlation { what, .. } => what.run(operator, out).await,
            Self::Check { what, .. } => what.run(operator, out).await,
            Self::Top { what, .. } => what.run(operator).await,
        }
    }
}

/// What was refused has a code of its own; whoever reads no further is no failure.
fn code_of(done: Outcome) -> Result<ExitCode, CliError> {
    match done {
        Ok(code) => Ok(code),
        Err(CommandFailure::Io(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(DONE),
        Err(CommandFailure::Operator(OperatorError::Refused { status, detail })) => {
            let code = match status {
                404 => NOTHING,
                409 => NOT_NOW,
                400 | 422 => 2,
                _ => 1,
            };
            eprintln!("error: {detail}");
            Ok(ExitCode::from(code))
        }
        Err(error) => Err(CliError::Subcommand(error.into())),
    }
}

/// A part of a path.
fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// `?a=b&c=d` of those that are there.
fn query(pairs: &[(&str, Option<String>)]) -> String {
    let given = pairs.iter().filter_map(|(name, value)| Some(format!("{name}={}", escaped(value.as_ref()?))));
    let given = given.collect::<Vec<_>>().join("&");
    if given.is_empty() { given } else { format!("?{given}") }
}
