//! What the derives and attributes write, used as an application uses it.
//!
//! The code written names `::diptych`, the runtime that applications depend on. These tests need the core alone, and give
//! it that name.

#![allow(clippy::unwrap_used, reason = "tests")]

extern crate diptych_core as diptych;

mod advice;
mod bank;
mod command;
mod event;
mod given;
mod handlers;
mod id;
mod rejection;
mod state;
