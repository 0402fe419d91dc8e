//! The shop as a whole: its stored events, its commands and its views, on a running node.

mod accounts;
mod at_once;
mod golden;
mod history;
mod model;
mod orders;
mod running;
