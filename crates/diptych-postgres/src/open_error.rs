//! Why a database could not be opened, in words that tell its owner what to do.

use diptych_core::BoxError;

/// Why a database could not be opened. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL or an option is not understood.
    #[error("the URL of the database is not understood: {problem}")]
    Url {
        /// What is wrong with it; without the password.
        problem: String,
        /// What the client said, if it was the client.
        source: Option<BoxError>,
    },
    /// The certificates cannot be read.
    #[error("the certificates that the server is verified with cannot be read")]
    Certificates {
        /// What the system said.
        source: BoxError,
    },
    /// A newer release has written it.
    #[error(
        "schema {name:?} of the database has version {found}, and this program knows versions up to {known}: a newer release has written it. Use that release"
    )]
    Newer {
        /// The schema's name.
        name: String,
        /// The version it has.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The server cannot be reached, or refuses.
    #[error("the database could not be opened")]
    Broken {
        /// What the client or the server said.
        source: BoxError,
    },
}

impl OpenError {
    pub(crate) fn url(problem: &str, source: impl Into<BoxError>) -> Self {
        Self::Url { problem: problem.to_owned(), source: Some(source.into()) }
    }

    pub(crate) fn broken(source: impl Into<BoxError>) -> Self {
        Self::Broken { source: source.into() }
    }
}
