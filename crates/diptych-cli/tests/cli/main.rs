//! The command line, and the forty lines of a first application.

#[allow(dead_code, reason = "the main of the bank is not called")]
mod bank;
