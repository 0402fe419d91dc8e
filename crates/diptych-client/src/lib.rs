//! For those who call a Diptych application over HTTP.
//!
//! A command is answered before the views know of it: the answer is a [`Receipt`], which says where to look and
//! from which position on. So a caller does two things, and this crate makes both of them safe:
//!
//! - **send** a [`Command`] ([`Client::send`]): under one idempotency key, made with the command, and again with
//!   the same key and the same bytes for as long as a retry may help. So a lost answer never makes a second order;
//! - **wait** until a view holds what the receipt stands for ([`Client::wait_for`]): by long request, polling,
//!   Server-Sent Events or WebSocket, with one result and one deadline for all four.
//!
//! ```no_run
//! use diptych_client::{Client, Strategy};
//! use serde_json::{Value, json};
//! use std::time::Duration;
//!
//! # async fn example() -> Result<(), diptych_client::Error> {
//! let shop = Client::new("http://127.0.0.1:3000")?;
//! let receipt = shop.post("/api/orders", json!({ "customerId": "ada", "items": [
//!     { "name": "Keyboard", "price": 129.99, "quantity": 1 },
//! ] })).await?;
//!
//! let order = shop.wait_for::<Value>(&receipt, Strategy::Sse, Duration::from_secs(5)).await?;
//! assert_eq!(order.value["total"], 129.99);
//! # Ok(())
//! # }
//! ```
//!
//! What went wrong is an [`Error`] by kind: someone was first ([`Error::StaleVersion`]), the domain refused
//! ([`Error::Rejected`]), the input is at fault ([`Error::Invalid`]), the outcome is not known ([`Error::Unknown`]).
//!
//! Read first: `client.rs`, then `send.rs`, then `wait/mod.rs`. The crate knows `http-api.md` and nothing of the
//! server's code: it depends on no other crate of the workspace. `https` and `wss` need the TLS features of
//! `reqwest` and `tokio-tungstenite`, which a program may turn on for itself.

mod client;
mod error;
mod events;
mod follow;
mod ids;
mod list;
mod problem;
mod receipt;
mod retry;
mod send;
mod status;
mod view;
mod wait;

pub use client::Client;
pub use error::{Error, Source};
pub use list::{Page, PageLinks};
pub use problem::{FieldError, Problem};
pub use receipt::{Links, Receipt, ReceiptStatus};
pub use retry::RetryPolicy;
pub use send::Command;
pub use status::{ProjectionStatus, Status};
pub use view::{ETag, View};
pub use wait::Strategy;
