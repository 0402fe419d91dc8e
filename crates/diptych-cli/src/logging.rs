//! Log lines on standard error, for people or for programs.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, Settings};

/// Libraries that log what passes through them: frames of sockets, parameters of statements. A caller's data is none of
/// the log's business, however much of it is asked for.
const TALKATIVE: [&str; 3] = ["tungstenite", "tokio_tungstenite", "tokio_postgres"];

/// A filter that is none.
#[derive(Debug, thiserror::Error)]
#[error("--log {filter:?} is no filter; use a level (info) or target=level pairs (diptych=debug,warn)")]
pub(crate) struct LogError {
    filter: String,
    source: tracing_subscriber::filter::ParseError,
}

/// Starts logging for the whole process. A program that has started its own logging keeps it.
pub(crate) fn start(settings: &Settings, default: &str) -> Result<(), LogError> {
    let filter = settings.log.as_deref().unwrap_or(default);
    let parsed =
        EnvFilter::try_new(filter).map_err(|source| LogError { filter: filter.to_owned(), source })?;
    let quiet = TALKATIVE.iter().filter_map(|library| format!("{library}=info").parse().ok());
    let filter = quiet.fold(parsed, EnvFilter::add_directive);
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let lines = lines.with_ansi(colours);
    let started = match settings.log_format.unwrap_or(LogFormat::Human) {
        LogFormat::Human => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    if let Err(error) = started {
        tracing::debug!(%error, "logging was started before");
    }
    Ok(())
}
