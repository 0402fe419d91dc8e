//! The contract of a store: every rule is one documented function, and panics where it is broken.
//!
//! An adapter's test file says how to open its store ([`Fixture`]) and writes one line of [`store_contract!`](crate::store_contract!). Each rule
//! is run on a fixture of its own, so on a store that no other test has touched. The memory store in the `diptych` crate
//! keeps them all.
//!
//! What stands beside the log has contracts of its own: [`models`], [`documents`], [`keys`] and [`snapshots`].

pub mod abandon;
pub mod append;
pub mod beside;
mod besides;
pub mod boundary;
pub mod close;
pub mod completeness;
pub mod concurrency;
pub mod documents;
pub mod inline;
pub mod keys;
pub mod models;
pub mod notes;
pub mod payload;
pub mod read;
pub mod reopen;
pub mod revision;
mod rules;
pub mod snapshots;
pub mod subscribers;
pub mod watch;

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::EventStore;

/// How to open the store that is tested. Made anew for every rule; keeps what must live as long as the store (a folder, a schema).
#[async_trait]
pub trait Fixture: Send + Sync {
    /// Opens the store for the first time: empty, and touched by nobody else.
    async fn open(&self) -> Arc<dyn EventStore>;

    /// Opens the same store again, after it was closed. None, which is the default, where nothing outlives the handle;
    /// rules about that then say on stderr that they had nothing to test.
    async fn reopen(&self) -> Option<Arc<dyn EventStore>> {
        None
    }

    /// Opens a second handle to the same store beside the first, as another process would. None, which is the
    /// default, where a store can have one only; rules about that then say on stderr that they had nothing to test.
    async fn open_beside(&self) -> Option<Arc<dyn EventStore>> {
        None
    }

    /// What the store is called where it is told what was tried.
    fn name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }

    /// Whether the store keeps tables for inline projections. Where not, mounting one must be refused, and that is tested instead.
    fn tables(&self) -> Tables {
        Tables::Kept
    }
}

/// Whether a store keeps tables for inline projections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tables {
    /// Inline projections can be mounted.
    Kept,
    /// Mounting one is refused.
    None,
}

fn nothing_to_test(why: &str) {
    eprintln!("nothing to test: {why}");
}
