//! A state whose id type was not written.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych_macros::{Event, State};

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

fn main() {}
