//! Everything that a call can end in, other than well.
//!
//! The kinds are those that a caller does different things about. Two questions are answered in one place each:
//! may the same call succeed later ([`Error::is_transient`]), and may the server have recorded the command all the
//! same (`leaves_outcome_open`). Read `problem.rs` for what the server says with a refusal.

use std::time::Duration;

use crate::Problem;

/// What lies behind a failure of the connection.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a call did not give what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Someone was first: the version that the caller had seen is not the current one (409 with `currentVersion`, or
    /// 412). Nothing was recorded. Read the view again, and decide again.
    #[error("stale version: {problem}")]
    StaleVersion {
        /// The revision that the thing has now, if the server said it.
        current_version: Option<u64>,
        /// What the server said.
        problem: Box<Problem>,
    },
    /// The domain says no (409); the rule is in [`Problem::kind`] and [`Problem::title`].
    #[error("rejected: {0}")]
    Rejected(Box<Problem>),
    /// The request is at fault (400, 422); where, is in [`Problem::errors`].
    #[error("invalid: {0}")]
    Invalid(Box<Problem>),
    /// Neither the read model nor the log knows it (404).
    #[error("not found: {0}")]
    NotFound(Box<Problem>),
    /// It was erased (410).
    #[error("gone: {0}")]
    Gone(Box<Problem>),
    /// No token, or a wrong one (401).
    #[error("unauthorized: {0}")]
    Unauthorized(Box<Problem>),
    /// Not allowed (403).
    #[error("forbidden: {0}")]
    Forbidden(Box<Problem>),
    /// The body is larger than the server takes (413).
    #[error("too long: {0}")]
    TooLong(Box<Problem>),
    /// The command must say which version it has seen: [`Command::if_match`](crate::Command::if_match) (428).
    #[error("version required: {0}")]
    VersionRequired(Box<Problem>),
    /// Too many requests, also after retries (429). Nothing was recorded.
    #[error("throttled: {0}")]
    Throttled(Box<Problem>),
    /// The server cannot now, also after retries (503; for a query also 502 and 504). Nothing was recorded.
    #[error("unavailable: {0}")]
    Unavailable(Box<Problem>),
    /// Any other status: what it means for a command is not said by the contract.
    #[error("unexpected answer: {0}")]
    Unexpected(Box<Problem>),

    /// The thing exists, but the read model has not come so far (202). Only [`Client::get`](crate::Client::get) and
    /// its like give this; whatever waits goes on waiting.
    #[error("not there yet")]
    NotYet {
        /// When the server suggests to ask again.
        retry_after: Option<Duration>,
        /// The conversation asked about.
        correlation_id: Option<String>,
    },
    /// It did not become visible before the deadline (408), or could not be asked for again before it.
    #[error("timeout: {problem}")]
    Timeout {
        /// What the server said, or what it would have said, when the client's own clock ran out.
        problem: Box<Problem>,
        /// What the last attempt ended in.
        #[source]
        last: Option<Box<Error>>,
    },
    /// Whether the command was recorded is not known, also after retries. Send the *same* [`Command`](crate::Command)
    /// again to learn it: its key makes that harmless.
    #[error("outcome unknown after {attempts} attempts with idempotency key {idempotency_key}")]
    Unknown {
        /// The key under which the server can be asked again.
        idempotency_key: String,
        /// The conversation that the command would have begun or continued.
        correlation_id: String,
        /// How often the command was sent.
        attempts: usize,
        /// What the last attempt ended in.
        #[source]
        last: Box<Error>,
    },

    /// No connection was made, so nothing was sent.
    #[error("no connection to the server")]
    Unreachable {
        /// The conversation that the request belonged to.
        correlation_id: Option<String>,
        /// What failed.
        source: Source,
    },
    /// The connection was lost before the answer was complete.
    #[error("connection lost before the answer was complete")]
    Interrupted {
        /// The conversation that the request belonged to.
        correlation_id: Option<String>,
        /// What failed.
        source: Source,
    },
    /// An answer with a good status that is not of the form expected: another contract, or another type asked for.
    #[error("the answer is not {expected}")]
    Unreadable {
        /// What was expected.
        expected: &'static str,
        /// The conversation it belongs to.
        correlation_id: Option<String>,
        /// Where and why reading failed.
        source: serde_json::Error,
    },
    /// The request could not be made, by the caller's own doing: a path, a header or a body that is none. Nothing
    /// was sent.
    #[error("request could not be made: {reason}")]
    BadRequest {
        /// What is wrong with it.
        reason: String,
    },
}

impl Error {
    /// Sorts an answer by its status.
    pub(crate) fn of(problem: Problem) -> Self {
        let problem = Box::new(problem);
        match problem.status {
            400 | 422 => Self::Invalid(problem),
            401 => Self::Unauthorized(problem),
            403 => Self::Forbidden(problem),
            404 => Self::NotFound(problem),
            408 => Self::Timeout { problem, last: None },
            409 if problem.current_version.is_none() => Self::Rejected(problem),
            409 | 412 => Self::StaleVersion { current_version: problem.current_version, problem },
            410 => Self::Gone(problem),
            413 => Self::TooLong(problem),
            428 => Self::VersionRequired(problem),
            429 => Self::Throttled(problem),
            502..=504 => Self::Unavailable(problem),
            _ => Self::Unexpected(problem),
        }
    }

    /// A failure of the connection, told apart by whether anything was sent.
    pub(crate) fn of_connection(error: reqwest::Error, correlation_id: Option<&str>) -> Self {
        let correlation_id = correlation_id.map(ToOwned::to_owned);
        if error.is_builder() {
            Self::BadRequest { reason: chain(&error) }
        } else if error.is_connect() {
            Self::Unreachable { correlation_id, source: error.into() }
        } else {
            Self::Interrupted { correlation_id, source: error.into() }
        }
    }

    /// The client's own clock has run out; `last` is what the last attempt ended in.
    pub(crate) fn out_of_time(correlation_id: Option<&str>, last: Option<Error>) -> Self {
        let problem = Problem {
            kind: "about:blank".to_owned(),
            title: "Timeout".to_owned(),
            status: 408,
            detail: "the deadline of the client has passed".to_owned(),
            correlation_id: correlation_id.map(ToOwned::to_owned),
            ..Problem::default()
        };
        Self::Timeout { problem: Box::new(problem), last: last.map(Box::new) }
    }

    /// Whether the same call may succeed later without anything being changed about it.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Throttled(_)
            | Self::Unavailable(_)
            | Self::NotYet { .. }
            | Self::Timeout { .. }
            | Self::Unknown { .. }
            | Self::Unreachable { .. }
            | Self::Interrupted { .. } => true,
            Self::StaleVersion { .. }
            | Self::Rejected(_)
            | Self::Invalid(_)
            | Self::NotFound(_)
            | Self::Gone(_)
            | Self::Unauthorized(_)
            | Self::Forbidden(_)
            | Self::TooLong(_)
            | Self::VersionRequired(_)
            | Self::Unexpected(_)
            | Self::Unreadable { .. }
            | Self::BadRequest { .. } => false,
        }
    }

    /// Whether a command that ended so may have been recorded all the same.
    pub(crate) fn leaves_outcome_open(&self) -> bool {
        let refused_by_the_store = |problem: &Problem| problem.status == 503;
        matches!(self, Self::Timeout { .. } | Self::Unknown { .. } | Self::Interrupted { .. })
            || matches!(self, Self::Unavailable(problem) if !refused_by_the_store(problem))
    }

    /// What the server said, where it said something.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::StaleVersion { problem, .. }
            | Self::Timeout { problem, .. }
            | Self::Rejected(problem)
            | Self::Invalid(problem)
            | Self::NotFound(problem)
            | Self::Gone(problem)
            | Self::Unauthorized(problem)
            | Self::Forbidden(problem)
            | Self::TooLong(problem)
            | Self::VersionRequired(problem)
            | Self::Throttled(problem)
            | Self::Unavailable(problem)
            | Self::Unexpected(problem) => Some(problem),
            Self::Unknown { last, .. } => last.problem(),
            Self::NotYet { .. }
            | Self::Unreachable { .. }
            | Self::Interrupted { .. }
            | Self::Unreadable { .. }
            | Self::BadRequest { .. } => None,
        }
    }

    /// The conversation that the call belonged to, to look it up at the server with.
    pub fn correlation_id(&self) -> Option<&str> {
        if let Self::Unknown { correlation_id, .. } = self {
            return Some(correlation_id);
        }
        if let Self::NotYet { correlation_id, .. }
        | Self::Unreachable { correlation_id, .. }
        | Self::Interrupted { correlation_id, .. }
        | Self::Unreadable { correlation_id, .. } = self
        {
            return correlation_id.as_deref();
        }
        self.problem()?.correlation_id.as_deref()
    }

    /// How long the server asked to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        if let Self::NotYet { retry_after, .. } = self {
            return *retry_after;
        }
        self.problem()?.retry_after.map(Duration::from_secs)
    }
}

/// An error with all that lies behind it, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let behind = std::iter::successors(error.source(), |error| error.source());
    behind.fold(error.to_string(), |text, error| format!("{text}: {error}"))
}
