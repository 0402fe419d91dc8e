//! A command whose rejection was not written.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

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
#[command(on = Account, id = account)]
struct Close {
    account: AccountId,
}

impl Close {
    fn decide(&self, account: &Account) -> Result<AccountEvent, diptych::Never> {
        Ok(AccountEvent::Closed)
    }
}

fn main() {}
