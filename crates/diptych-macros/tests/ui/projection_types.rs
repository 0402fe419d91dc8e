//! A projection of what is no event, a schema that is not there, and a function that was not marked.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych::{Metadata, Result, Tx};
use diptych_macros::{Event, projection};

#[derive(Event)]
enum AccountEvent {
    Closed,
}

#[projection]
async fn no_event(event: &String, tx: &mut Tx<'_>) -> Result {
    Ok(())
}

async fn unmarked(event: &AccountEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    Ok(())
}

fn register(_: impl diptych::SqlProjection) {}

fn main() {
    register(unmarked);
}
