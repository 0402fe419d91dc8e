//! A generation opened for reading, all of one moment.

use std::any::Any;

use diptych_core::{Position, model::ReadHandle, scan::RowScan, sql::SqlReader};

use super::scan::PostgresScan;
use crate::reader::LeasedReader;

/// What queries read through. The moment ends when it is dropped.
#[derive(Debug)]
pub(super) struct PostgresHandle {
    pub(super) position: Position,
    pub(super) reader: LeasedReader,
    pub(super) schema: String,
}

impl ReadHandle for PostgresHandle {
    fn position(&self) -> Position {
        self.position
    }

    fn sql(&self) -> Option<&dyn SqlReader> {
        Some(&self.reader)
    }

    fn scan(&self) -> Option<Box<dyn RowScan + '_>> {
        Some(Box::new(PostgresScan::of(&self.reader, &self.schema)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
