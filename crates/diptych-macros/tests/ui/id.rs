//! Ids that are no newtype of a text.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych_macros::Id;

#[derive(Id)]
struct AccountId {
    text: String,
}

#[derive(Id)]
enum Which {
    One,
}

#[derive(Id)]
struct Of<T>(T);

fn main() {}
