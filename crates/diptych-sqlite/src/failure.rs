//! What a failure of SQLite means to whoever called: whether a retry may help, and who has to do something.

use std::borrow::Borrow;

use diptych_core::{BoxError, Failure, FailureKind};
use rusqlite::{Error, ErrorCode};

/// The engine cannot take it now; nothing of the statement holds.
const UNAVAILABLE: [ErrorCode; 10] = [
    ErrorCode::DiskFull,
    ErrorCode::SystemIoFailure,
    ErrorCode::ReadOnly,
    ErrorCode::PermissionDenied,
    ErrorCode::CannotOpen,
    ErrorCode::DatabaseBusy,
    ErrorCode::DatabaseLocked,
    ErrorCode::FileLockingProtocolFailed,
    ErrorCode::OutOfMemory,
    ErrorCode::NoLargeFileSupport,
];
/// What is stored is damaged.
const UNREADABLE: [ErrorCode; 2] = [ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase];
/// What was asked for does not fit.
const INVALID: [ErrorCode; 3] =
    [ErrorCode::TooBig, ErrorCode::ConstraintViolation, ErrorCode::AuthorizationForStatementDenied];

/// A failure of SQLite while `doing` something.
pub(crate) fn failure(doing: &str, error: impl Borrow<Error> + Into<BoxError>) -> Failure {
    let kind = kind(error.borrow());
    let code = error.borrow().sqlite_error_code();
    let text = if code == Some(ErrorCode::DiskFull) {
        format!("{doing}: the disk is full")
    } else if code == Some(ErrorCode::ReadOnly) {
        format!("{doing}: the file is read-only")
    } else {
        doing.to_owned()
    };
    Failure::new(kind, text, error)
}

/// What kind of breakage an error of SQLite is.
pub(crate) fn kind(error: &Error) -> FailureKind {
    let Some(code) = error.sqlite_error_code() else {
        let unreadable = matches!(
            error,
            Error::FromSqlConversionFailure(..)
                | Error::InvalidColumnType(..)
                | Error::IntegralValueOutOfRange(..)
                | Error::Utf8Error(..)
                | Error::QueryReturnedNoRows
        );
        return if unreadable { FailureKind::Unreadable } else { FailureKind::Internal };
    };
    if UNAVAILABLE.contains(&code) {
        FailureKind::Unavailable
    } else if UNREADABLE.contains(&code) {
        FailureKind::Unreadable
    } else if INVALID.contains(&code) {
        FailureKind::Invalid
    } else {
        FailureKind::Internal
    }
}

/// What kind of breakage an error of a handler is: that of the engine where the engine is its cause, else `otherwise`.
pub(crate) fn kind_of_cause(
    error: &(dyn std::error::Error + 'static),
    otherwise: FailureKind,
) -> FailureKind {
    let mut next = Some(error);
    while let Some(cause) = next {
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
    Failure::plain(FailureKind::Unavailable, "the SQLite store was closed")
}

/// A task of ours that did not come back.
pub(crate) fn lost(doing: &str, error: tokio::task::JoinError) -> Failure {
    Failure::new(FailureKind::Internal, doing, error)
}
