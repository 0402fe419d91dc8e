//! What an error of PostgreSQL means to whoever called: whether a retry may help, and who has to do something.

use diptych_core::{BoxError, Failure, FailureKind};
use tokio_postgres::{Error, error::SqlState};

use crate::server::{ConnectError, Silent};

/// A failure of PostgreSQL while `doing` something.
pub(crate) fn failure(doing: &str, error: Error) -> Failure {
    let kind = kind(&error);
    let said = match error.code() {
        Some(code) if *code == SqlState::DISK_FULL => ": the server's disk is full",
        Some(code) if *code == SqlState::TOO_MANY_CONNECTIONS => ": the server takes no more connections",
        Some(code) if *code == SqlState::READ_ONLY_SQL_TRANSACTION => ": the server is read-only",
        Some(_) | None => "",
    };
    Failure::new(kind, format!("{doing}{said}"), error)
}

/// There was no connection while `doing` something.
pub(crate) fn unconnected(doing: &str, error: ConnectError) -> Failure {
    match error {
        ConnectError::Told(error) => failure(doing, error),
        ConnectError::Silent(error) => silent(doing, error),
    }
}

/// The server has not answered while `doing` something.
pub(crate) fn silent(doing: &str, error: Silent) -> Failure {
    Failure::new(FailureKind::Unavailable, doing, error)
}

/// What kind of breakage an error of the client or the server is.
pub(crate) fn kind(error: &Error) -> FailureKind {
    let Some(code) = error.code() else {
        // Without an answer of the server: the connection broke, or a value did not fit.
        let text = error.to_string();
        let ours = text.contains("serializing") || text.contains("parameters");
        return if ours { FailureKind::Internal } else { FailureKind::Unavailable };
    };
    let code = code.code();
    match code.get(..2).unwrap_or_default() {
        // Connections, resources, an operator's doing, the system, and transactions that may be tried again.
        "08" | "53" | "57" | "58" | "40" => FailureKind::Unavailable,
        "55" | "25" if ["55P03", "55006", "25006"].contains(&code) => FailureKind::Unavailable,
        "XX" if ["XX001", "XX002"].contains(&code) => FailureKind::Unreadable,
        // Values, constraints, names and rights, and limits of size.
        "22" | "23" | "42" | "54" => FailureKind::Invalid,
        _ => FailureKind::Internal,
    }
}

/// What kind of breakage an error of a handler is: that of the engine where the engine is its cause, else `otherwise`.
pub(crate) fn kind_of_cause(
    error: &(dyn std::error::Error + 'static),
    otherwise: FailureKind,
) -> FailureKind {
    let mut next = Some(error);
    while let Some(cause) = next {
        if cause.is::<Silent>() {
            return FailureKind::Unavailable;
        }
        if let Some(error) = cause.downcast_ref::<Error>() {
            let found = kind(error);
            return if found == FailureKind::Unavailable { found } else { otherwise };
        }
        next = cause.source();
    }
    otherwise
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a text")
}

/// What every call answers after the store was closed.
pub(crate) fn closed() -> Failure {
    Failure::plain(FailureKind::Unavailable, "the PostgreSQL store was closed")
}

/// What stands in the database does not fit what this program reads.
pub(crate) fn unreadable(doing: &str, source: impl Into<BoxError>) -> Failure {
    Failure::new(FailureKind::Unreadable, doing, source)
}
