//! A bank in forty lines: `cargo run -p diptych-cli --example bank` serves it.
//!
//! The lines are in `bank.in`, which the README shows and `tests/cli/bank.rs` tests.

include!("bank.in");
