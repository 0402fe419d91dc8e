//! The HTTP side of every Diptych application.

pub mod body;
mod money;

pub use money::{Money, MoneyError};
