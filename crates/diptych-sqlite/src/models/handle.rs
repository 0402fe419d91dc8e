//! A generation opened for reading, all of one moment.

use std::any::Any;

use diptych_core::{Position, model::ReadHandle, scan::RowScan, sql::SqlReader};

use super::scan::SqliteScan;
use crate::{pool::Lease, reader::LeasedReader};

/// What queries read through. The moment ends when it is dropped.
#[derive(Debug)]
pub(super) struct SqliteHandle {
    position: Position,
    reader: LeasedReader,
}

impl SqliteHandle {
    /// A handle on a connection whose transaction has read this checkpoint.
    pub(super) fn new(position: Position, lease: Lease) -> Self {
        Self { position, reader: LeasedReader::new(lease) }
    }
}

impl ReadHandle for SqliteHandle {
    fn position(&self) -> Position {
        self.position
    }

    fn sql(&self) -> Option<&dyn SqlReader> {
        Some(&self.reader)
    }

    fn scan(&self) -> Option<Box<dyn RowScan + '_>> {
        Some(Box::new(SqliteScan::of(&self.reader)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
