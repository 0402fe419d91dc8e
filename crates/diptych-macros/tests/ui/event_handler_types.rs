//! A function that was not marked.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych::Result;
use diptych_macros::Event;

#[derive(Event)]
enum AccountEvent {
    Closed,
}

async fn unmarked(event: &AccountEvent) -> Result {
    Ok(())
}

fn register(_: impl diptych::EventHandler) {}

fn main() {
    register(unmarked);
}
