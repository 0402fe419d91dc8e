//! Why a URL cannot be used, in words that tell its owner what to do. That a server is away is no such reason: it may come later.

use diptych_core::BoxError;

/// Why a URL or an option cannot be used. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL or an option is not understood.
    #[error("the URL of the search engine is not understood: {problem}")]
    Url {
        /// What is wrong with it; without the password.
        problem: String,
    },
    /// The certificates cannot be read.
    #[error("the certificates that the server is verified with cannot be read")]
    Certificates {
        /// What the system said.
        source: BoxError,
    },
}

impl OpenError {
    pub(crate) fn url(problem: impl Into<String>) -> Self {
        Self::Url { problem: problem.into() }
    }
}
