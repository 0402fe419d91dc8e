//! What the shop's command line has beside serving: filling the store, and playing a story.
//!
//! Read [`Seed`] and [`Demo`]; each is a subcommand that `main.rs` mounts.

mod demo;
mod progress;
mod seed;

pub(crate) use demo::Demo;
pub(crate) use seed::Seed;
