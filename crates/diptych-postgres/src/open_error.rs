//! Why a database could not be opened, in words that tell its owner what to do.

use diptych_core::{BoxError, FailureKind};
use tokio_postgres::{Error, error::SqlState};

use crate::{
    failure,
    server::{ConnectError, Server},
};

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
    /// Nobody answers.
    #[error(
        "no PostgreSQL answers at {address}; see that it runs and listens there, or name another by the store's URL"
    )]
    Away {
        /// Where it was looked for.
        address: String,
        /// What the system said.
        source: BoxError,
    },
    /// Who answers is not known to be who was meant.
    #[error(
        "the server at {address} cannot be spoken to by TLS with its certificate verified; sslrootcert=FILE in the URL names the certificate that it descends from, sslmode=disable does without TLS"
    )]
    Tls {
        /// The server.
        address: String,
        /// What is wrong.
        source: BoxError,
    },
    /// There is no such database.
    #[error("there is no database {name:?} at {address}; make it first, as by `createdb {name}`")]
    NoDatabase {
        /// The database.
        name: String,
        /// The server.
        address: String,
    },
    /// The server does not let this user in.
    #[error(
        "the server at {address} does not let {user:?} in; check the user, the password and its pg_hba.conf"
    )]
    Refused {
        /// The user.
        user: String,
        /// The server.
        address: String,
        /// What the server said.
        source: BoxError,
    },
    /// The user may not do what is needed.
    #[error(
        "{user:?} may not make the tables; as the owner run `GRANT CREATE ON DATABASE {name} TO {user}`, or migrate as a user who may"
    )]
    Rights {
        /// The user.
        user: String,
        /// The database.
        name: String,
        /// What the server said.
        source: BoxError,
    },
    /// The server broke off, or refuses for another reason.
    #[error("the database could not be opened")]
    Broken {
        /// What the client or the server said.
        source: BoxError,
        /// Whether it may be better later.
        kind: FailureKind,
    },
}

impl OpenError {
    pub(crate) fn url(problem: &str, source: impl Into<BoxError>) -> Self {
        Self::Url { problem: problem.to_owned(), source: Some(source.into()) }
    }

    pub(crate) fn broken(source: impl Into<BoxError>) -> Self {
        Self::Broken { source: source.into(), kind: FailureKind::Unavailable }
    }

    /// What a connection that there is not means while a database on this server is opened.
    pub(crate) fn connecting(server: &Server, error: ConnectError) -> Self {
        match error {
            ConnectError::Told(error) => Self::of(server, error),
            ConnectError::Silent(silent) => Self::Away { address: server.address(), source: silent.into() },
        }
    }

    /// What an error of the client means while a database on this server is opened.
    pub(crate) fn of(server: &Server, error: Error) -> Self {
        let (address, user, name) = (server.address(), server.user(), server.database());
        match error.code() {
            Some(code) if *code == SqlState::INVALID_CATALOG_NAME => Self::NoDatabase { name, address },
            Some(code) if code.code().starts_with("28") => {
                Self::Refused { user, address, source: error.into() }
            }
            Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
                Self::Rights { user, name, source: error.into() }
            }
            Some(_) => Self::Broken { kind: failure::kind(&error), source: error.into() },
            // The client does not tell kinds of errors apart but by their texts.
            None if error.to_string().contains("TLS") => Self::Tls { address, source: error.into() },
            None if error.to_string().contains("connecting") => Self::Away { address, source: error.into() },
            None => Self::Broken { kind: failure::kind(&error), source: error.into() },
        }
    }

    /// Whether trying again may help.
    #[must_use]
    pub const fn kind(&self) -> FailureKind {
        match self {
            Self::Away { .. } => FailureKind::Unavailable,
            Self::Broken { kind, .. } => *kind,
            Self::Url { .. }
            | Self::Certificates { .. }
            | Self::Newer { .. }
            | Self::Tls { .. }
            | Self::NoDatabase { .. }
            | Self::Refused { .. }
            | Self::Rights { .. } => FailureKind::Invalid,
        }
    }
}
