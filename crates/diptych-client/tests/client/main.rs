//! The client against servers that answer by a script, each following `http-api.md` for the case at hand.
//!
//! `cases.rs` has the scripts, by name; the Rust tests here and the JavaScript tests of `tests/js` run against the
//! same ones. What both clients must do is so written down once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cases;
mod following;
mod javascript;
mod reading;
mod refused;
mod script;
mod sending;
mod waiting;
