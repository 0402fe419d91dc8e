//! COMMIT, and what becomes of it where its answer is lost: another connection asks the server.
//!
//! It is sent right behind what is written, without waiting for that to be answered: of a transaction in which a statement has
//! failed, the server makes nothing of COMMIT but a rollback.
//!
//! `pg_xact_status` alone does not tell. A server that crashed may give the id of a transaction that it lost to another one, and
//! then says of ours that it is committed; or it has not come to that id again, and says that it is in the future. So the status
//! tells only that nothing is in progress under that id any more, and the rows tell whether they were written.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use diptych_core::{BoxError, Failure, FailureKind};
use tokio_postgres::{
    Client, Error,
    error::{Severity, SqlState},
    types::Type,
};

use super::{
    batch::Trace,
    group::{Broken, DOING},
};
use crate::{
    pool::{Database, Param},
    server::Silent,
};

/// Between the first two questions: everybody's appends wait meanwhile.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// What became of a transaction.
pub(super) enum Commit {
    /// It is durable.
    Made,
    /// Nothing of it holds.
    Undone(Broken),
    /// Nobody could be asked.
    Unknown(Failure),
}

/// Makes the open transaction durable, with what is being written last.
pub(super) async fn commit(
    client: &Client,
    database: &Database,
    trace: &Trace,
    writing: impl Future<Output = Result<(), Error>>,
) -> Commit {
    let (patience, xid) = (database.server.patience, &trace.xid);
    let both = async {
        let (written, committed) = tokio::join!(biased; writing, client.batch_execute("COMMIT"));
        written.and(committed)
    };
    let lost: BoxError = match tokio::time::timeout(patience, both).await {
        Ok(Ok(())) => return Commit::Made,
        // What the server refuses it has rolled back. When the connection goes, a fatal message included, or nothing is
        // heard, it may have committed first.
        Ok(Err(error)) if refused(&error) => return Commit::Undone(error.into()),
        Ok(Err(error)) => error.into(),
        Err(_) => Silent(patience).into(),
    };
    let pauses =
        ExponentialBuilder::default().with_min_delay(FIRST_PAUSE).with_max_delay(Duration::from_secs(1));
    let pauses = pauses.without_max_times().build();
    let until = Instant::now() + 2 * patience;
    for pause in pauses.take_while(|_| Instant::now() < until) {
        match tokio::time::timeout(patience, became(database, trace)).await.unwrap_or(Err("no answer".into()))
        {
            Ok(Some(true)) => return Commit::Made,
            Ok(Some(false)) => {
                let text = format!("{DOING}: the connection was lost, and the server has rolled it back");
                return Commit::Undone(Failure::new(FailureKind::Unavailable, text, lost).into());
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
async fn became(database: &Database, trace: &Trace) -> Result<Option<bool>, BoxError> {
    let client = database.server.client().await?;
    let params: [Param<'_>; 1] = [(&trace.xid, Type::TEXT)];
    match client.query_typed_one(include_str!("../../sql/append/outcome.sql"), &params).await {
        Ok(row) => match row.try_get::<_, Option<&str>>(0)? {
            Some("aborted") => return Ok(Some(false)),
            Some("committed") | None => {}
            Some(_) => return Ok(None),
        },
        Err(error) if is_in_the_future(&error) => {}
        Err(error) => return Err(error.into()),
    }
    // A statement of its own, so it sees what was committed before the first was answered.
    let (position, event) = trace.event.unzip();
    let (correlation, (at, of)) = match &trace.note {
        Some((correlation, at, position)) if event.is_none() => {
            (Some(correlation), (Some(at), Some(position)))
        }
        Some(_) | None => (None, (None, None)),
    };
    let params: [Param<'_>; 5] = [
        (&position, Type::INT8),
        (&event, Type::UUID),
        (&correlation, Type::TEXT),
        (&at, Type::INT8),
        (&of, Type::INT8),
    ];
    let sql = database.schema.sql(include_str!("../../sql/append/written.sql"));
    Ok(Some(client.query_typed_one(&sql, &params).await?.try_get(0)?))
}

/// Whether the server has not given that id yet, after a crash in which it lost that it had.
fn is_in_the_future(error: &Error) -> bool {
    error.code() == Some(&SqlState::INVALID_PARAMETER_VALUE)
}
