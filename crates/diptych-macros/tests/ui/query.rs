//! Functions that answer no query.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych::{Reader, Result};
use diptych_macros::query;

struct Balance;

#[query]
async fn reads_nothing(query: &Balance, db: &Reader) -> Result<i64> {
    Ok(1)
}

#[query(reads = 3)]
async fn reads_a_number(query: &Balance, db: &Reader) -> Result<i64> {
    Ok(1)
}

#[query(reads = "balances")]
fn not_async(query: &Balance, db: &Reader) -> Result<i64> {
    Ok(1)
}

#[query(reads = "balances")]
async fn no_handle(query: &Balance) -> Result<i64> {
    Ok(1)
}

#[query(reads = "balances")]
async fn no_result(query: &Balance, db: &Reader) -> i64 {
    1
}

#[query(from = "balances")]
async fn unknown_word(query: &Balance, db: &Reader) -> Result<i64> {
    Ok(1)
}

fn main() {}
