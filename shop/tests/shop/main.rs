//! The shop as a whole: its stored events, its commands and its views, on a running node.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod at_once;
mod blog;
mod blog_model;
mod catalog;
mod catalog_model;
mod golden;
mod history;
mod inline;
mod model;
mod orders;
mod random;
mod running;
mod timelines;
