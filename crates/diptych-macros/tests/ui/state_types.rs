//! A state without `evolve`, with a wrong one, and of what is no event.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych_macros::{Event, State};
use diptych::State;

#[derive(Event)]
enum AccountEvent {
    Closed,
}

#[derive(State)]
#[state(category = "account", events = AccountEvent, id = diptych::Id)]
struct NoEvolve {
    open: bool,
}

#[derive(State)]
#[state(category = "account", events = AccountEvent, id = diptych::Id)]
struct Other;

impl Other {
    fn evolve(&mut self, event: AccountEvent) {}
}

#[derive(State)]
#[state(category = "account", events = String, id = u32)]
struct Odd;

impl Odd {
    fn evolve(&mut self, event: &String) {}
}

fn main() {}
