//! What can stop a task, each with what to do about it where that is known.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Why a task ended without doing what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot start `{command}`: {source}")]
    Start { command: String, source: io::Error },
    #[error("`{command}` ended with {status}{}", indented(output))]
    Ended { command: String, status: ExitStatus, output: String },
    #[error("`{command}` printed something that is not UTF-8")]
    NotText { command: String },
    #[error("start this through cargo, as `cargo xtask`, so that it knows where the workspace is")]
    NoWorkspace,
    #[error("{name} is needed by {by} and was not found; {advice}")]
    Missing { name: &'static str, by: &'static str, advice: String },
    #[error("{variable} says {value}, which does not start: {source}")]
    Unusable { variable: &'static str, value: String, source: io::Error },
    #[error("{name} was started, but {what}{}", indented(log))]
    Silent { name: &'static str, what: &'static str, log: String },
    #[error("tidy refused {refused} (printed above)", refused = counted(*refused))]
    Untidy { refused: usize },
    #[error("`{step}` failed after {after}: {source}{}", not_run(rest))]
    Step { step: &'static str, after: String, rest: Vec<&'static str>, source: Box<Problem> },
}

fn indented(output: &str) -> String {
    if output.trim().is_empty() { String::new() } else { format!(":\n{}", output.trim_end()) }
}

fn counted(refused: usize) -> String {
    if refused == 1 { "one thing".to_owned() } else { format!("{refused} things") }
}

fn not_run(rest: &[&'static str]) -> String {
    if rest.is_empty() { String::new() } else { format!("; not run: {}", rest.join(", ")) }
}
