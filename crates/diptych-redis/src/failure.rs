//! What Redis says, as a failure that tells whether to try again.

use diptych_core::{Failure, FailureKind};
use redis::{ErrorKind, RedisError, ServerErrorKind};

/// Nearly all that a server refuses gets better: it is loading, full, a replica, or its disk fails. What does not is a bug of ours.
pub(crate) fn failure(doing: impl std::fmt::Display, error: RedisError) -> Failure {
    let ours = [
        ErrorKind::Parse,
        ErrorKind::UnexpectedReturnType,
        ServerErrorKind::ExecAbort.into(),
        ServerErrorKind::CrossSlot.into(),
    ];
    let kind = if ours.contains(&error.kind()) { FailureKind::Internal } else { FailureKind::Unavailable };
    Failure::new(kind, doing.to_string(), error)
}

/// The same of what changes something: where no answer came, it may have been done.
pub(crate) fn failure_of_writing(doing: impl std::fmt::Display, error: RedisError) -> Failure {
    let unanswered = error.is_io_error() || error.is_timeout() || error.is_connection_dropped();
    if unanswered && !error.is_connection_refusal() {
        return Failure::new(FailureKind::OutcomeUnknown, doing.to_string(), error);
    }
    failure(doing, error)
}
