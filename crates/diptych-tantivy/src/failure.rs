//! What Tantivy says, as a failure that tells whether to try again.

use diptych_core::{Failure, FailureKind};
use tantivy::TantivyError;

/// A disk that is full, away or read-only gets better; an index that cannot be read does not, but the log can make it again.
pub(crate) fn failure(doing: impl std::fmt::Display, error: TantivyError) -> Failure {
    let kind = kind(&error);
    let text = if kind == FailureKind::Unreadable {
        format!(
            "{doing}: the index is damaged or of another release; the log has all that it is made of: remove its folder, and it is rebuilt"
        )
    } else {
        doing.to_string()
    };
    Failure::new(kind, text, error)
}

const fn kind(error: &TantivyError) -> FailureKind {
    match error {
        TantivyError::OpenDirectoryError(_)
        | TantivyError::OpenWriteError(_)
        | TantivyError::LockFailure(..)
        | TantivyError::IoError(_)
        | TantivyError::Poisoned
        | TantivyError::ErrorInThread(_)
        | TantivyError::SystemError(_)
        | TantivyError::IndexAlreadyExists => FailureKind::Unavailable,
        TantivyError::OpenReadError(_)
        | TantivyError::DataCorruption(_)
        | TantivyError::IncompatibleIndex(_)
        | TantivyError::DeserializeError(_) => FailureKind::Unreadable,
        TantivyError::InvalidArgument(_) | TantivyError::FieldNotFound(_) => FailureKind::Invalid,
        TantivyError::AggregationError(_)
        | TantivyError::IndexBuilderMissingArgument(_)
        | TantivyError::SchemaError(_)
        | TantivyError::InternalError(_)
        | TantivyError::MissingPlugin(_)
        | TantivyError::ConflictingPlugins(_)
        | TantivyError::UnexpectedPlugin(_) => FailureKind::Internal,
    }
}

/// An error of the file system.
pub(crate) fn io(doing: impl Into<String>, error: std::io::Error) -> Failure {
    Failure::new(FailureKind::Unavailable, doing, error)
}

/// Runs what reads or writes files on a thread for it.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::new(FailureKind::Internal, "working on an index", error))?
}
