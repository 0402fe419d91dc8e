//! Everything that a generation holds, row by row, so that two generations can be compared. Read [`ReadHandle`] first.
//!
//! An engine gives its rows in any order it likes, each once, all of the moment of the handle. What it keeps for itself
//! (checkpoints, tombstones, parked events) is not among them.
//!
//! [`ReadHandle`]: crate::model::ReadHandle

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    failure::Failure,
    sql::{SqlRow, SqlValue},
};

/// One row, or document, of a generation.
#[derive(Clone, Debug, PartialEq)]
pub struct ScannedRow {
    /// The table, collection or index.
    pub table: Arc<str>,
    /// What tells it from the others of its table; all of its values where the table declares no key.
    pub key: Vec<SqlValue>,
    /// All of it. A document is one column of canonical JSON.
    pub row: SqlRow,
}

impl ScannedRow {
    /// A row of a table whose key has these columns.
    #[must_use]
    pub fn of(table: &Arc<str>, key: &[String], row: SqlRow) -> Self {
        let value = |name: &String| {
            let at = row.columns().iter().position(|column| column == name);
            at.and_then(|at| row.values().get(at)).cloned()
        };
        let key: Vec<_> = key.iter().filter_map(value).collect();
        let key = if key.is_empty() { row.values().to_vec() } else { key };
        Self { table: Arc::clone(table), key, row }
    }
}

/// Goes through all rows of one moment.
#[async_trait]
pub trait RowScan: Send {
    /// The next rows, at most a thousand or so; none at the end.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn next(&mut self) -> Result<Vec<ScannedRow>, Failure>;
}
