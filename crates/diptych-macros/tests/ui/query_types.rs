//! A query without a handler, and one that reads what is no projection.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych::{Query, QueryHandler, Reader, Result};
use diptych_macros::query;

struct Unanswered;

struct Balance;

#[query(reads = balance_of)]
async fn balance(query: &Balance, db: &Reader) -> Result<i64> {
    Ok(1)
}

fn balance_of() -> u32 {
    1
}

async fn unmarked(query: &Balance, db: &Reader) -> Result<i64> {
    Ok(1)
}

fn ask<Q: Query>(query: Q) {}

fn register<Q: Query>(handler: impl QueryHandler<Q>) {}

fn main() {
    ask(Unanswered);
    register::<Balance>(unmarked);
}
