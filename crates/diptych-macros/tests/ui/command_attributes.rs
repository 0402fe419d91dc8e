//! What a command may not say of itself.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych_macros::Command;

#[derive(Command)]
#[command(id = account)]
struct OnNothing {
    account: String,
}

#[derive(Command)]
#[command(on = Account)]
struct ToNobody {
    account: String,
}

#[derive(Command)]
#[command(on = Account, id = acount)]
struct Misspelt {
    account: String,
    cents: i64,
}

#[derive(Command)]
#[command(on = Account, id = account)]
struct Tuple(String);

#[derive(Command)]
#[command(on = Account, id = account, rejects = Never)]
struct UnknownWord {
    account: String,
}

fn main() {}
