//! SQL, whatever the engine: what projections write through ([`Tx`]) and queries read through ([`Reader`]).
//!
//! Statements number their parameters `$1`, `$2`, …; so the same text runs on SQLite and on PostgreSQL.

mod reader;
mod row;
mod tx;
mod value;

pub use reader::{Opener, Reader, Source};
pub use row::{FromSql, SqlRow};
pub use tx::{SqlReader, SqlTransaction, Tx};
pub use value::{SqlParams, SqlValue};

/// A statement that did not run, or a row that does not fit.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// The engine refused the statement or broke.
    #[error("running {statement:?}")]
    Engine {
        /// The beginning of the statement, without its parameters.
        statement: String,
        /// What the engine said.
        source: crate::BoxError,
    },
    /// There is no such column.
    #[error("no column {column:?}; there are {columns}")]
    NoColumn {
        /// The column asked for.
        column: String,
        /// Those there are, joined by commas.
        columns: String,
    },
    /// The column holds another type of value.
    #[error("column {column:?} holds {found}, not {wanted}")]
    WrongType {
        /// The column asked for.
        column: String,
        /// What it holds.
        found: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// A query that reads several models must say which, or named one that it does not declare.
    #[error("the query reads {declared}; {asked} is not among them")]
    NoModel {
        /// What was asked for.
        asked: String,
        /// What the query declares.
        declared: String,
    },
}

impl SqlError {
    /// What an engine said of a statement. Parameters are left out: they may be personal.
    pub fn engine(statement: &str, source: impl Into<crate::BoxError>) -> Self {
        Self::Engine { statement: statement.trim().chars().take(120).collect(), source: source.into() }
    }
}
