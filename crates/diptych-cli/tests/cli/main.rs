//! The command line, and the forty lines of a first application.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[allow(dead_code, reason = "the main of the bank is not called")]
mod bank;
