//! What the rows are about: accounts of a bank, written as an application is written; and the same structs by themselves,
//! for the side that is made by hand.

use diptych::{
    App, Command, Event, Id, Metadata, Node, Reader, Recorded, Rejection, Result, State, Tx, projection,
    query,
};
use serde::{Deserialize, Serialize};

/// Names an account.
#[derive(Id)]
pub(crate) struct AccountId(String);

/// What happens to an account.
#[derive(Event, Debug, PartialEq)]
pub(crate) enum AccountEvent {
    /// It was opened.
    Opened { owner: String, currency: String },
    /// Money came.
    Deposited { cents: i64, reference: String, memo: String },
    /// Money went.
    Withdrawn { cents: i64, reference: String, memo: String },
}

/// What is known of an account.
#[derive(State)]
#[state(category = "account", events = AccountEvent)]
pub(crate) struct Account {
    open: bool,
    cents: i64,
}

impl Account {
    fn evolve(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Opened { .. } => self.open = true,
            AccountEvent::Deposited { cents, .. } => self.cents = self.cents.saturating_add(*cents),
            AccountEvent::Withdrawn { cents, .. } => self.cents = self.cents.saturating_sub(*cents),
        }
    }
}

/// Why the bank says no.
#[derive(Rejection)]
pub(crate) enum BankRejection {
    /// There is less on it.
    #[reject(rule)]
    Insufficient { balance: i64 },
}

/// Put money on an account, which is opened if it has to be.
#[derive(Command)]
#[command(on = Account, id = to, rejection = BankRejection)]
pub(crate) struct Deposit {
    pub(crate) to: AccountId,
    pub(crate) cents: i64,
    pub(crate) reference: String,
}

impl Deposit {
    fn decide(&self, _: &Account) -> Result<AccountEvent, BankRejection> {
        let (reference, memo) = (self.reference.clone(), MEMO.to_owned());
        Ok(AccountEvent::Deposited { cents: self.cents, reference, memo })
    }
}

/// Take money from an account, if there is enough on it.
#[derive(Command)]
#[command(on = Account, id = from, rejection = BankRejection)]
pub(crate) struct Withdraw {
    pub(crate) from: AccountId,
    pub(crate) cents: i64,
    pub(crate) reference: String,
}

impl Withdraw {
    fn decide(&self, account: &Account) -> Result<AccountEvent, BankRejection> {
        if account.cents < self.cents {
            return Err(BankRejection::Insufficient { balance: account.cents });
        }
        let (reference, memo) = (self.reference.clone(), MEMO.to_owned());
        Ok(AccountEvent::Withdrawn { cents: self.cents, reference, memo })
    }
}

/// What stands in every event beside its own.
pub(crate) const MEMO: &str = "monthly payment for the flat on the second floor";

/// The n-th reference.
pub(crate) fn reference(n: usize) -> String {
    format!("REF-{n:012}")
}

/// The balances, an upsert per event.
#[projection(sql = "CREATE TABLE balances (account TEXT PRIMARY KEY, cents BIGINT NOT NULL) WITHOUT ROWID")]
pub(crate) async fn balances(event: &AccountEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    tx.execute(include_str!("../sql/balance_put.sql"), (at.stream.id(), change(event))).await?;
    Ok(())
}

/// The balances, a statement per batch.
#[projection(sql = "CREATE TABLE balances (account TEXT PRIMARY KEY, cents BIGINT NOT NULL) WITHOUT ROWID")]
pub(crate) async fn balances_in_batches(events: &[Recorded<AccountEvent>], tx: &mut Tx<'_>) -> Result {
    let changes: Vec<_> = events.iter().map(|it| (it.at.stream.id().as_str(), change(&it.event))).collect();
    let changes = serde_json::to_string(&changes)?;
    tx.execute(include_str!("../sql/balances_put.sql"), (changes,)).await?;
    Ok(())
}

/// What an event adds to a balance, in cents.
pub(crate) const fn change(event: &AccountEvent) -> i64 {
    match event {
        AccountEvent::Opened { .. } => 0,
        AccountEvent::Deposited { cents, .. } => *cents,
        AccountEvent::Withdrawn { cents, .. } => -*cents,
    }
}

/// How much is on an account.
pub(crate) struct Balance(pub(crate) AccountId);

/// Reads its row.
#[query(reads = balances)]
pub(crate) async fn balance(Balance(account): &Balance, db: &Reader) -> Result<Option<i64>> {
    let row = db.row(include_str!("../sql/balance_get.sql"), (account,)).await?;
    Ok(row.map(|row| row.get("cents")).transpose()?)
}

/// The bank's commands on a folder; projections are added by who needs them.
///
/// # Errors
/// A folder that is no URL.
pub(crate) fn app(folder: &std::path::Path) -> Result<App> {
    let app = App::open(&format!("sqlite:{}", folder.display()))?;
    Ok(app.command::<Deposit>().command::<Withdraw>())
}

/// Opens accounts of these names and puts so many events on each, a thousand in one append.
///
/// # Errors
/// What the store said.
pub(crate) async fn fill(node: &Node, accounts: &[String], each: usize) -> Result {
    let all = accounts.len() * each;
    for begin in (0..all).step_by(1_000) {
        let mut events = Vec::with_capacity(1_000);
        for n in begin..all.min(begin + 1_000) {
            events.push(new_event(node, &accounts[n / each], n % each, Vec::new())?);
        }
        let condition = diptych::AppendCondition::default();
        node.store().append(diptych::Append { events, condition, note: None }).await?;
    }
    Ok(())
}

/// The n-th deposit on an account, as a command of its own would record it.
///
/// # Errors
/// A name that is no id.
pub(crate) fn new_event(
    node: &Node,
    account: &str,
    n: usize,
    tags: Vec<diptych::Tag>,
) -> Result<diptych::NewEvent> {
    let fact = AccountEvent::Deposited { cents: 100, reference: reference(n), memo: MEMO.to_owned() };
    Ok(diptych::NewEvent {
        stream: diptych::StreamId::parse("account", account)?,
        event_type: fact.event_type().into(),
        schema_version: 1,
        payload: fact.to_json()?.into(),
        tags,
        provenance: diptych::metadata::Provenance {
            event_id: node.ids().draw(),
            correlation_id: node.ids().draw().into(),
            causation_id: diptych::CausationId::ending_in("Deposit:", node.ids().draw()),
            recorded_at: node.clock().now(),
            actor: None,
        },
    })
}

/// The name of the n-th account.
pub(crate) fn account(n: usize) -> String {
    format!("ACC-{n:06}")
}

/// The same facts without anything of ours: what the side made by hand writes and reads.
#[derive(Serialize, Deserialize)]
pub(crate) struct Opened {
    pub(crate) owner: String,
    pub(crate) currency: String,
}

/// See [`Opened`]. A withdrawal looks the same.
#[derive(Serialize, Deserialize)]
pub(crate) struct Moved {
    pub(crate) cents: i64,
    pub(crate) reference: String,
    pub(crate) memo: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_write_the_same_bytes() {
        let (reference, memo) = (reference(7), MEMO.to_owned());
        let by_hand =
            serde_json::to_vec(&Moved { cents: 5, reference: reference.clone(), memo: memo.clone() });
        let ours = AccountEvent::Deposited { cents: 5, reference, memo }.to_json();
        assert_eq!(ours.unwrap(), by_hand.unwrap());
    }
}
