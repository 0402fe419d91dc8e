//! Functions that are no projections.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych::{Metadata, Recorded, Result, Tx};
use diptych_macros::projection;

#[projection]
fn not_async(event: &AccountEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    Ok(())
}

#[projection]
async fn writes_nothing(event: &AccountEvent, at: &Metadata) -> Result {
    Ok(())
}

#[projection]
async fn takes_nothing(tx: &mut Tx<'_>) -> Result {
    Ok(())
}

#[projection]
async fn by_value(event: AccountEvent, tx: &mut Tx<'_>) -> Result {
    Ok(())
}

#[projection]
async fn two_kinds(event: &AccountEvent, other: &OtherEvent, tx: &mut Tx<'_>) -> Result {
    Ok(())
}

#[projection]
async fn no_recorded(events: &[AccountEvent], tx: &mut Tx<'_>) -> Result {
    Ok(())
}

#[projection(inline)]
async fn inline_batch(events: &[Recorded<AccountEvent>], tx: &mut Tx<'_>) -> Result {
    Ok(())
}

#[projection]
async fn no_result(event: &AccountEvent, tx: &mut Tx<'_>) {}

#[projection(schema = "a.sql", sql = "CREATE TABLE a")]
async fn two_schemas(event: &AccountEvent, tx: &mut Tx<'_>) -> Result {
    Ok(())
}

#[projection(tables = "a.sql")]
async fn unknown_word(event: &AccountEvent, tx: &mut Tx<'_>) -> Result {
    Ok(())
}

#[projection(name = "Order Views")]
async fn spoken(event: &AccountEvent, tx: &mut Tx<'_>) -> Result {
    Ok(())
}

#[projection]
async fn generic<E>(event: &E, tx: &mut Tx<'_>) -> Result {
    Ok(())
}

fn main() {}
