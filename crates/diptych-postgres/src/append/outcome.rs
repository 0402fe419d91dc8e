//! COMMIT, and what becomes of it where its answer is lost: another connection asks the server.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use diptych_core::{BoxError, Failure, FailureKind};
use tokio_postgres::{Client, Error, error::Severity, types::Type};

use crate::pool::{Database, Param};

/// What became of a transaction.
pub(super) enum Commit {
    /// It is durable.
    Made,
    /// Nothing of it holds.
    Undone(Error),
    /// Nobody could be asked.
    Unknown(Failure),
}

/// How long the server is asked.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes the open transaction durable.
pub(super) async fn commit(client: &Client, database: &Database, xid: &str) -> Commit {
    let Err(error) = client.batch_execute("COMMIT").await else { return Commit::Made };
    // What the server refuses it has rolled back. When the connection goes, a fatal message included, it may have
    // committed first.
    let refused = error.as_db_error().and_then(tokio_postgres::error::DbError::parsed_severity);
    if refused == Some(Severity::Error) {
        return Commit::Undone(error);
    }
    let pauses =
        ExponentialBuilder::default().with_max_delay(Duration::from_secs(1)).with_total_delay(Some(PATIENCE));
    for pause in pauses.without_max_times().build() {
        match status(database, xid).await {
            Ok(Some(true)) => return Commit::Made,
            Ok(Some(false)) => return Commit::Undone(error),
            Ok(None) => tracing::debug!(xid, "the transaction whose answer was lost is still in progress"),
            Err(cause) => {
                tracing::debug!(xid, %cause, "the server cannot be asked what became of a transaction")
            }
        }
        tokio::time::sleep(pause).await;
    }
    let text = "the answer to a commit was lost; whether the append was recorded is not known";
    Commit::Unknown(Failure::new(FailureKind::OutcomeUnknown, text, error))
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
