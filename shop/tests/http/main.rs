//! The shop over HTTP, from outside: each chapter of the API's contract, on every store.
//!
//! Written from the contract, sentence by sentence, as an unfriendly client would be; nothing here knows how the server
//! is made. [`shop`] is what the tests run on, [`answer`] what came back, [`raw`] bytes as they stand on the wire,
//! [`program`] the real binary, to be stopped and killed. The chapters follow.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answer;
mod program;
mod raw;
mod receipt;
mod shop;
mod sse;

mod admin;
mod articles;
mod bad_input;
mod cached;
mod commands;
mod connections;
mod contract;
mod guard;
mod hardship;
mod idempotency;
mod independence;
mod lists;
mod numbers;
mod orders;
mod products;
#[cfg(target_os = "linux")]
mod proof_connections;
mod proof_crash;
mod proof_leaks;
mod proof_schema;
mod queries;
mod restart;
mod search;
mod shutdown;
mod statistics;
mod status;
mod streams;
mod text;
mod timelines;
mod unavailable;
mod users;
mod versions;
mod websocket;
mod winners;
