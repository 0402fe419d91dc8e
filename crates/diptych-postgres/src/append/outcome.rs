//! COMMIT, and what becomes of it where its answer is lost: another connection asks the server.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use diptych_core::{BoxError, Failure, FailureKind};
use tokio_postgres::{Client, Error, error::Severity, types::Type};

use super::group::DOING;
use crate::{
    failure::failure,
    pool::{Database, Param},
    server::Silent,
};

/// What became of a transaction.
pub(super) enum Commit {
    /// It is durable.
    Made,
    /// Nothing of it holds.
    Undone(Failure),
    /// Nobody could be asked.
    Unknown(Failure),
}

/// Makes the open transaction durable.
pub(super) async fn commit(client: &Client, database: &Database, xid: &str) -> Commit {
    let patience = database.server.patience;
    let lost: BoxError = match tokio::time::timeout(patience, client.batch_execute("COMMIT")).await {
        Ok(Ok(())) => return Commit::Made,
        // What the server refuses it has rolled back. When the connection goes, a fatal message included, or nothing is
        // heard, it may have committed first.
        Ok(Err(error)) if refused(&error) => return Commit::Undone(failure(DOING, error)),
        Ok(Err(error)) => error.into(),
        Err(_) => Silent(patience).into(),
    };
    let pauses =
        ExponentialBuilder::default().with_max_delay(Duration::from_secs(1)).without_max_times().build();
    let until = Instant::now() + 2 * patience;
    for pause in pauses.take_while(|_| Instant::now() < until) {
        match tokio::time::timeout(patience, status(database, xid)).await.unwrap_or(Err("no answer".into())) {
            Ok(Some(true)) => return Commit::Made,
            Ok(Some(false)) => {
                let text = format!("{DOING}: the connection was lost, and the server has rolled it back");
                return Commit::Undone(Failure::new(FailureKind::Unavailable, text, lost));
            }
            Ok(None) => tracing::debug!(xid, "the transaction whose answer was lost is still in progress"),
            Err(cause) => {
                tracing::debug!(xid, %cause, "the server cannot be asked what became of a transaction")
            }
        }
        tokio::time::sleep(pause).await;
    }
    let text = "the answer to a commit was lost; whether the append was recorded is not known";
    Commit::Unknown(Failure::new(FailureKind::OutcomeUnknown, text, lost))
}

/// Whether the server said that it refuses, and goes on.
fn refused(error: &Error) -> bool {
    let severity = error.as_db_error().and_then(tokio_postgres::error::DbError::parsed_severity);
    severity == Some(Severity::Error)
}

/// Whether a transaction was committed; none while it is in progress.
async fn status(database: &Database, xid: &str) -> Result<Option<bool>, BoxError> {
    let client = database.server.client().await?;
    let params: [Param<'_>; 1] = [(&xid, Type::TEXT)];
    let row = client.query_typed_one(include_str!("../../sql/append/outcome.sql"), &params).await?;
    match row.try_get::<_, Option<&str>>(0)? {
        Some("committed") => Ok(Some(true)),
        Some("aborted") => Ok(Some(false)),
        Some(_) => Ok(None),
        None => Err("the server has forgotten the transaction".into()),
    }
}
