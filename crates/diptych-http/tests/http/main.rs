//! A small bank over HTTP, on a real socket.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod admin;
mod bank;
mod browser;
mod console;
mod operating;
mod ops;
mod pages;
mod served;
mod slow;
mod sockets;
