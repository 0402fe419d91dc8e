//! Functions that handle no events.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych::{Metadata, Result};
use diptych_macros::event_handler;

#[event_handler]
fn not_async(event: &AccountEvent) -> Result {
    Ok(())
}

#[event_handler]
async fn no_event(at: &Metadata) -> Result {
    Ok(())
}

#[event_handler]
async fn too_much(event: &AccountEvent, at: &Metadata, more: &str) -> Result {
    Ok(())
}

#[event_handler("welcome")]
async fn unknown_word(event: &AccountEvent) -> Result {
    Ok(())
}

fn main() {}
