//! The HTTP side of every Diptych application.
//!
//! A request passes, from the outside in: [`correlation`] (its id), [`guard`] (whose it is), its route, and there
//! [`headers`], [`params`] and [`body`], each of which knows its own refusals. A refusal is a [`Problem`] whoever makes
//! it. What the contract counts first is read first: headers (400), then the body (400, 413, 415), then its shape (422).
//!
//! This crate reads no clock and draws no id; where it needs one, it is given a source.

mod admin;
mod asked;
mod asset;
pub mod body;
mod console;
pub mod correlation;
mod cursor;
mod docs;
mod feed;
pub mod guard;
pub mod headers;
pub mod ids;
mod linger;
mod money;
mod openapi;
mod operating;
mod outcome;
mod page;
pub mod params;
pub mod problem;
mod rate;
pub mod routes;
pub mod server;
pub mod sse;
mod thing;
mod websocket;

pub use admin::OperatorHere;
pub use cursor::{Cursor, Direction};
pub use guard::{Guard, GuardError};
pub use money::{Money, MoneyError};
pub use page::{Page, PageLinks};
pub use problem::Problem;
pub use routes::{
    Call, CommandRoute, ListCall, ListRoute, Routes, Serving, ThingPaths, ValueCall, ValueRoute,
};
pub use server::{ServeError, Server, ServerOptions};
pub use thing::Thing;
