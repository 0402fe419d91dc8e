//! The one place of this crate that draws ids: idempotency keys and correlation ids.
//!
//! They are UUIDv7, which the server's rules for ids allow and which sort by time in a log.

#![allow(
    clippy::disallowed_methods,
    reason = "the client's one place for ids; it knows no `diptych_core::Ids`"
)]

use uuid::Uuid;

/// A fresh id, different from every other one.
pub(crate) fn fresh() -> String {
    Uuid::now_v7().to_string()
}
