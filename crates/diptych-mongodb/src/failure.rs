//! What the driver says, as a failure that tells whether to try again.

use std::{future::Future, time::Duration};

use diptych_core::{Failure, FailureKind};
use mongodb::error::{Error, ErrorKind, WriteFailure};

/// A server that has not answered for so long is given up.
const PATIENCE: Duration = Duration::from_secs(15);

/// The code of a document that is there already.
pub(crate) const DUPLICATE: i32 = 11_000;

/// What a server refuses of a document itself; anything else may be otherwise another time.
const REFUSALS: [i32; 4] = [
    2,      // BadValue
    9,      // FailedToParse
    10_334, // BSONObjectTooLarge
    17_280, // KeyTooLong
];

/// Waits for an answer, but not for ever.
pub(crate) async fn answered<T>(
    doing: &str,
    asked: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(answer) => answer.map_err(|error| failure(doing, error)),
        Err(_) => Err(Failure::plain(
            FailureKind::Unavailable,
            format!("{doing}: the server has not answered in {} s", PATIENCE.as_secs()),
        )),
    }
}

/// As a failure. Documents and places are guarded, so that what has an unknown outcome may be done again.
fn failure(doing: &str, error: Error) -> Failure {
    let kind = if code(&error).is_some_and(|code| REFUSALS.contains(&code)) {
        FailureKind::Invalid
    } else {
        FailureKind::Unavailable
    };
    Failure::new(kind, doing, error)
}

/// Whether it says that there is a document of this id already.
pub(crate) fn is_duplicate(error: &Error) -> bool {
    code(error) == Some(DUPLICATE)
}

fn code(error: &Error) -> Option<i32> {
    if let ErrorKind::Write(WriteFailure::WriteError(refused)) = &*error.kind {
        return Some(refused.code);
    }
    if let ErrorKind::Command(refused) = &*error.kind {
        return Some(refused.code);
    }
    None
}

/// Whether what a server said of one document is the document's fault.
pub(crate) fn is_refusal(code: i32) -> bool {
    REFUSALS.contains(&code)
}
