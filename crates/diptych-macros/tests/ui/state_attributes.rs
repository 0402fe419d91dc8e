//! What a state may not say of itself.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych_macros::State;

#[derive(State)]
struct Silent;

#[derive(State)]
#[state(category = "account")]
struct NoEvents;

#[derive(State)]
#[state(category = "Bank Account", events = AccountEvent)]
struct Spoken;

#[derive(State)]
#[state(category = "account", events = AccountEvent, snapshots = 3)]
struct Misspelt;

#[derive(State)]
#[state(category = "account", events = AccountEvent, snapshot(version = 2))]
struct HowOften;

#[derive(State)]
#[state(category = "account", events = AccountEvent)]
enum NoBeginning {
    Open,
}

fn main() {}
