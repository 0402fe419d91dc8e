//! What an operator may ask of a projection, and how it may be refused.

use std::{fmt, str::FromStr};

use diptych_core::{Failure, model::Later};

/// What an operator may ask of a projection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Stop after the current batch.
    Pause,
    /// Go on from the checkpoint.
    Resume,
    /// Fill a new generation from position 0 beside the live one.
    Rebuild,
    /// Make the new generation the one that queries read.
    Promote,
    /// Make the previous generation the one that queries read.
    Rollback,
    /// Leave out the event it failed on and go on.
    Skip,
    /// Put the event it failed on aside and go on.
    Park(Later),
    /// Try the event it failed on again, and those that are parked.
    Retry,
}

impl FromStr for Operation {
    type Err = ();
    fn from_str(name: &str) -> Result<Self, ()> {
        Ok(match name {
            "pause" => Self::Pause,
            "resume" => Self::Resume,
            "rebuild" => Self::Rebuild,
            "promote" => Self::Promote,
            "rollback" => Self::Rollback,
            "skip" => Self::Skip,
            "park" => Self::Park(Later::Go),
            "retry" => Self::Retry,
            _ => return Err(()),
        })
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Rebuild => "rebuild",
            Self::Promote => "promote",
            Self::Rollback => "rollback",
            Self::Skip => "skip",
            Self::Park(_) => "park",
            Self::Retry => "retry",
        })
    }
}

/// An operation that was not done.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    /// There is no such projection.
    #[error("no projection is named {name:?}; there are: {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are, joined by commas.
        known: String,
    },
    /// Its state does not allow it.
    #[error("{name} cannot {operation}: {reason}")]
    NotNow {
        /// The projection.
        name: String,
        /// What was asked.
        operation: String,
        /// Why not.
        reason: String,
    },
    /// The engine broke.
    #[error(transparent)]
    Failure(#[from] Failure),
}
