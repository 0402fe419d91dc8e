//! Failure: the machinery broke. The domain's "no" is a [`Rejection`](crate::Rejection), "someone was first" a
//! [`Conflict`](crate::Conflict).

use std::fmt;

/// Any error of any crate.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// What kind of breakage, which tells what may be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The engine cannot take it now (busy, full, shutting down, unreachable). Nothing was recorded; a retry may help.
    Unavailable,
    /// The answer to a commit was lost. The outcome is not known; the idempotency key settles it.
    OutcomeUnknown,
    /// What was asked for is not possible as it was asked. A retry does not help.
    Invalid,
    /// What is stored cannot be read: an unknown type, a broken payload, a newer schema. A retry does not help.
    Unreadable,
    /// A bug of ours or of a handler: a panic, a broken promise.
    Internal,
}

/// The machinery broke: what it was doing, what kind of breakage it is, and why.
#[derive(Debug)]
pub struct Failure {
    kind: FailureKind,
    doing: String,
    source: Option<BoxError>,
}

impl Failure {
    /// A failure while `doing` something ("appending to log.db"), with its cause.
    pub fn new(kind: FailureKind, doing: impl Into<String>, source: impl Into<BoxError>) -> Self {
        Self { kind, doing: doing.into(), source: Some(source.into()) }
    }

    /// A failure that has no cause but itself.
    pub fn plain(kind: FailureKind, what: impl Into<String>) -> Self {
        Self { kind, doing: what.into(), source: None }
    }

    /// What kind.
    #[must_use]
    pub const fn kind(&self) -> FailureKind {
        self.kind
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        matches!(self.kind, FailureKind::Unavailable | FailureKind::OutcomeUnknown)
    }

    /// The whole chain of causes in one line.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut next = std::error::Error::source(self);
        while let Some(cause) = next {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.doing)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| {
            let source: &(dyn std::error::Error + 'static) = source;
            source
        })
    }
}
