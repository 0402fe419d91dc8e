//! The bank of `design.md`: the least that an application writes.

use diptych::{Metadata, Reader, Result, Tx};
use diptych_macros::{Command, Event, Id, Rejection, State, projection, query};

#[derive(Id)]
pub(crate) struct AccountId(String);

#[derive(Event, Debug, PartialEq)]
pub(crate) enum AccountEvent {
    Opened { owner: String },
    Deposited { cents: i64 },
    Withdrawn { cents: i64 },
}

#[derive(State, Debug, PartialEq)]
#[state(category = "account", events = AccountEvent, snapshot(every = 100))]
pub(crate) struct Account {
    pub(crate) open: bool,
    pub(crate) cents: i64,
}

impl Account {
    fn evolve(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Opened { .. } => self.open = true,
            AccountEvent::Deposited { cents } => self.cents = self.cents.saturating_add(*cents),
            AccountEvent::Withdrawn { cents } => self.cents = self.cents.saturating_sub(*cents),
        }
    }
}

#[derive(Rejection)]
pub(crate) enum WithdrawRejection {
    #[reject(not_found)]
    NoAccount,
    #[reject(rule, "only {balance} cents are left")]
    Insufficient { balance: i64 },
}

/// Takes money out.
#[derive(Command)]
#[command(on = Account, id = account)]
pub(crate) struct Withdraw {
    pub(crate) account: AccountId,
    /// How much.
    pub(crate) cents: i64,
}

impl Withdraw {
    fn decide(&self, account: &Account) -> Result<AccountEvent, WithdrawRejection> {
        if !account.open {
            return Err(WithdrawRejection::NoAccount);
        }
        if account.cents < self.cents {
            return Err(WithdrawRejection::Insufficient { balance: account.cents });
        }
        Ok(AccountEvent::Withdrawn { cents: self.cents })
    }
}

/// What every account holds.
#[projection(schema = "balances.sql", version = 2)]
pub(crate) async fn balances(event: &AccountEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    if let AccountEvent::Deposited { cents } = event {
        tx.execute("deposit", (at.stream.id(), *cents)).await?;
    }
    Ok(())
}

pub(crate) struct Balance {
    pub(crate) account: String,
}

#[query(reads = balances)]
pub(crate) async fn balance(query: &Balance, db: &Reader) -> Result<Option<i64>> {
    let row = db.row("SELECT cents FROM balances WHERE account = $1", (query.account.as_str(),)).await?;
    Ok(row.map(|row| row.get("cents")).transpose()?)
}
