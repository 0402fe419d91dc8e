//! A text that names a field which is not there.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych_macros::Rejection;

#[derive(Rejection)]
enum WithdrawRejection {
    #[reject(rule, "only {balanc} cents are left")]
    Insufficient { balance: i64 },
}

fn main() {}
