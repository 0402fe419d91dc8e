//! The shop's clients against the running shop: the Rust client, `/client.js` under Node, and the programs `shop seed`
//! and `shop demo`.
//!
//! What each client does with answers that are hard to bring about is tested beside it, against a script; here is what
//! only the real server shows. [`program`] is that server: the binary itself, to be killed and started again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod program;

mod database;
mod demo;
mod javascript;
mod migrate;
mod nodes;
mod operating;
mod reading;
mod restart;
mod seed;
mod versions;
mod waiting;
