//! From the library's "no" to HTTP's: the one place where a status is chosen.

use diptych::{CommandError, Conflict, Failure, FailureKind, QueryError, Rejected, RejectionKind, Revision};

use crate::Problem;

/// Where the caller said which version they mean, which decides how a stale one is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SaidIn {
    Body,
    Header,
}

/// Why a command gave no receipt.
pub(crate) fn of_command(error: CommandError, said_in: SaidIn) -> Problem {
    match error {
        CommandError::Rejected(rejected) => of_rejection(&rejected),
        CommandError::Conflict(Conflict::Revision { found, .. }) => stale(found, said_in),
        CommandError::Conflict(Conflict::Boundary { .. }) | CommandError::Contended { .. } => {
            Problem::unavailable("others were first again and again; nothing was recorded", 1)
        }
        CommandError::KeyReused => Problem::key_reused(),
        CommandError::Failure(failure) => of_failure(&failure),
        error @ (CommandError::Unregistered { .. } | CommandError::Replayed(_)) => {
            tracing::error!(%error, "a command could not be dispatched");
            Problem::unexpected()
        }
    }
}

/// A version that is not the current one.
pub(crate) fn stale(current: Option<Revision>, said_in: SaidIn) -> Problem {
    let current = current.map(Revision::get);
    match (said_in, current) {
        (SaidIn::Body, Some(current)) => Problem::version_conflict(current),
        (SaidIn::Body | SaidIn::Header, current) => Problem::precondition_failed(current),
    }
}

fn of_rejection(rejected: &Rejected) -> Problem {
    let reason = rejected.reason.clone();
    match rejected.kind {
        RejectionKind::NotFound => Problem::not_found(reason),
        RejectionKind::Gone => Problem::gone(reason),
        RejectionKind::Rule | RejectionKind::Taken => {
            Problem::rule(rejected.code, title(rejected.code), reason)
        }
        RejectionKind::Invalid { pointer } => Problem::invalid(pointer, reason),
        RejectionKind::Unauthorized => Problem::unauthorized(reason),
    }
}

/// `not-draft` → `Not Draft`.
fn title(code: &str) -> String {
    let words = code.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The machinery broke. What it was is in the log; to a caller only what they can do about it is told.
pub(crate) fn of_failure(failure: &Failure) -> Problem {
    match failure.kind() {
        FailureKind::Unavailable => {
            tracing::warn!(error = failure.chain(), "cannot serve at present");
            Problem::unavailable("the store cannot take it now; nothing was recorded", 1)
        }
        FailureKind::OutcomeUnknown => {
            tracing::error!(error = failure.chain(), "the outcome is not known");
            Problem::outcome_unknown()
        }
        FailureKind::Invalid | FailureKind::Unreadable | FailureKind::Internal => {
            tracing::error!(error = failure.chain(), "failed");
            Problem::unexpected()
        }
    }
}

/// Why a query gave no answer, where it was not for being too early.
pub(crate) fn of_query(error: &QueryError) -> Problem {
    match error {
        QueryError::NotYet(behind) => Problem::timeout(behind.to_string()),
        QueryError::Failure(failure) => of_failure(failure),
        QueryError::Unregistered { .. } => {
            tracing::error!(%error, "a query could not be dispatched");
            Problem::unexpected()
        }
        QueryError::Handler { source, .. } => {
            tracing::error!(%error, %source, "a query handler failed");
            Problem::unexpected()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_in_words_is_the_title() {
        assert_eq!(title("not-draft"), "Not Draft");
    }
}
