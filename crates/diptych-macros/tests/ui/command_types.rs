//! Commands without `decide`, or with one that does not fit.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych::{Command, Never};
use diptych_macros::{Command, Event, Id, State};

#[derive(Id)]
struct AccountId(String);

#[derive(Event)]
enum AccountEvent {
    Closed,
}

#[derive(State)]
#[state(category = "account", events = AccountEvent)]
struct Account;

impl Account {
    fn evolve(&mut self, event: &AccountEvent) {}
}

#[derive(Command)]
#[command(on = Account, id = account, rejection = Never)]
struct NoDecide {
    account: AccountId,
}

#[derive(Command)]
#[command(on = Account, id = account, rejection = Never)]
struct ByValue {
    account: AccountId,
}

impl ByValue {
    fn decide(&self, account: Account) -> Result<AccountEvent, Never> {
        Ok(AccountEvent::Closed)
    }
}

#[derive(Command)]
#[command(on = Account, id = account, rejection = Never)]
struct NoResult {
    account: AccountId,
}

impl NoResult {
    fn decide(&self, account: &Account) -> AccountEvent {
        AccountEvent::Closed
    }
}

#[derive(Command)]
#[command(on = Account, id = account, rejection = Never)]
struct NoEvents {
    account: AccountId,
}

impl NoEvents {
    fn decide(&self, account: &Account) -> Result<u32, Never> {
        Ok(1)
    }
}

#[derive(Command)]
#[command(on = Account, id = cents, rejection = Never)]
struct WrongId {
    cents: i64,
}

impl WrongId {
    fn decide(&self, account: &Account) -> Result<AccountEvent, Never> {
        Ok(AccountEvent::Closed)
    }
}

fn main() {}
