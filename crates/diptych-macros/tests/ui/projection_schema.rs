//! A schema that is not there.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych::{Result, Tx};
use diptych_macros::{Event, projection};

#[derive(Event)]
enum AccountEvent {
    Closed,
}

#[projection(schema = "missing.sql")]
async fn balances(event: &AccountEvent, tx: &mut Tx<'_>) -> Result {
    Ok(())
}

fn main() {}
