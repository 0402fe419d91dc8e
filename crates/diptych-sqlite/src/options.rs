//! What may be set when a folder is opened.

use std::sync::Arc;

use diptych_core::{Clock, SystemClock};

/// What may be set when a folder is opened. The defaults serve.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// The most connections that read one file at once; who comes later waits.
    pub readers: usize,
    /// Tells when the folder was opened and when generations were made.
    pub clock: Arc<dyn Clock>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { readers: 8, clock: Arc::new(SystemClock) }
    }
}
