//! The runtime as an application uses it: the general form of commands, both buses and their layers, event handlers,
//! error policies, snapshots, personal data, engines that are away, a cache, several nodes on one store, projections operated.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod away;
mod buses;
mod cache;
mod general;
mod handlers;
mod operating;
mod peers;
mod personal;
mod policies;
mod shop;
mod snapshots;
