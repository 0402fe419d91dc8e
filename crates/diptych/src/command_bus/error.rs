//! How a command may end without a receipt.

use std::{any::Any, fmt};

use diptych_core::{BoxError, Conflict, Failure, FailureKind, Rejection, RejectionKind};

/// A rejection whose type is not known here, with all that HTTP or a log needs of it.
pub struct Rejected {
    /// What kind of "no".
    pub kind: RejectionKind,
    /// Its stable code.
    pub code: &'static str,
    /// Its reason, for people.
    pub reason: String,
    typed: Box<dyn Any + Send + Sync>,
}

impl Rejected {
    pub(crate) fn new<R: Rejection>(rejection: R) -> Self {
        Self {
            kind: rejection.kind(),
            code: rejection.code(),
            reason: rejection.to_string(),
            typed: Box::new(rejection),
        }
    }
}

impl fmt::Debug for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejected").field("kind", &self.kind).field("code", &self.code).finish_non_exhaustive()
    }
}

/// How a command of any type may end without a receipt.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The domain says no.
    #[error("{}", .0.reason)]
    Rejected(Rejected),
    /// Someone was first. Between the layers: decide again. To a caller: their expected revision is stale.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// Others were first again and again. Nothing was recorded; a retry may help.
    #[error("others were first {attempts} times in a row")]
    Contended {
        /// How often it was decided.
        attempts: u32,
    },
    /// The idempotency key was used for another request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// Between the layers only: the command was recorded before under the same key; this is the answer.
    #[error("the idempotency key was used before")]
    Replayed(Result<diptych_core::Receipt, Box<CommandError>>),
    /// No handler is registered for this type.
    #[error("no command named {name} is registered; registered are: {registered}")]
    Unregistered {
        /// The command's name.
        name: &'static str,
        /// The names that are registered, joined by commas.
        registered: String,
    },
    /// The machinery broke.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl CommandError {
    /// What a layer's error means: layers of other crates end in their own types.
    pub(crate) fn from_box(error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => *own,
            Err(other) if other.is::<tower::timeout::error::Elapsed>() => Self::Failure(Failure::new(
                FailureKind::OutcomeUnknown,
                "the command took longer than its time limit",
                other,
            )),
            Err(other) if other.is::<tower::load_shed::error::Overloaded>() => {
                Self::Failure(Failure::new(FailureKind::Unavailable, "too many commands at once", other))
            }
            Err(other) => {
                Self::Failure(Failure::new(FailureKind::Internal, "a layer around the command bus", other))
            }
        }
    }

    /// How it ended, in one word: `rejected`, `conflict`, `failed`, ….
    #[must_use]
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::Rejected(_) => "rejected",
            Self::Conflict(_) => "conflict",
            Self::Contended { .. } => "contended",
            Self::KeyReused => "key_reused",
            Self::Replayed(_) => "replayed",
            Self::Unregistered { .. } => "unregistered",
            Self::Failure(_) => "failed",
        }
    }
}

/// How a command of a known type may end without a receipt.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<R: Rejection> {
    /// The domain says no, and why.
    #[error(transparent)]
    Rejected(R),
    /// The caller's expected revision is stale.
    #[error(transparent)]
    Conflict(Conflict),
    /// Anything else.
    #[error(transparent)]
    Other(CommandError),
}

impl<R: Rejection> From<CommandError> for ExecuteError<R> {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Rejected(Rejected { typed, kind, code, reason }) => match typed.downcast::<R>() {
                Ok(rejection) => Self::Rejected(*rejection),
                Err(typed) => Self::Other(CommandError::Rejected(Rejected { kind, code, reason, typed })),
            },
            CommandError::Conflict(conflict) => Self::Conflict(conflict),
            other @ (CommandError::Contended { .. }
            | CommandError::KeyReused
            | CommandError::Replayed(_)
            | CommandError::Unregistered { .. }
            | CommandError::Failure(_)) => Self::Other(other),
        }
    }
}
