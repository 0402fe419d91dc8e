//! The bank on PostgreSQL: its app, and its projections as they are written for a server.

use diptych::{App, MasterKey, Metadata, Recorded, Result, Tx, projection};

use crate::bank::{AccountEvent, Deposit, Withdraw, change};

/// The bank's commands on a database; all processes of a run share a master key.
///
/// # Errors
/// A URL that names no store.
pub(crate) fn app(url: &str) -> Result<App> {
    let app = App::open(url)?.master_key(MasterKey::from_bytes([7; 32]));
    Ok(app.command::<Deposit>().command::<Withdraw>())
}

/// The balances, an upsert per event, whose counts nobody asks for.
#[projection(sql = "CREATE TABLE balances (account TEXT PRIMARY KEY, cents BIGINT NOT NULL)")]
pub(crate) async fn balances(event: &AccountEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    tx.send(include_str!("../../../sql/balance_put.sql"), (at.stream.id(), change(event))).await?;
    Ok(())
}

/// The balances, a statement per batch.
#[projection(sql = "CREATE TABLE balances (account TEXT PRIMARY KEY, cents BIGINT NOT NULL)")]
pub(crate) async fn balances_in_batches(events: &[Recorded<AccountEvent>], tx: &mut Tx<'_>) -> Result {
    let change = |it: &Recorded<AccountEvent>| serde_json::json!({ "account": it.at.stream.id().as_str(), "cents": change(&it.event) });
    let changes = serde_json::to_string(&events.iter().map(change).collect::<Vec<_>>())?;
    tx.send(include_str!("../../../sql/pg_balances_put.sql"), (changes,)).await?;
    Ok(())
}
