//! A generation opened for reading, all of one moment.

use std::any::Any;

use diptych_core::{Position, model::ReadHandle, sql::SqlReader};

use crate::reader::LeasedReader;

/// What queries read through. The moment ends when it is dropped.
#[derive(Debug)]
pub(super) struct PostgresHandle {
    pub(super) position: Position,
    pub(super) reader: LeasedReader,
}

impl ReadHandle for PostgresHandle {
    fn position(&self) -> Position {
        self.position
    }

    fn sql(&self) -> Option<&dyn SqlReader> {
        Some(&self.reader)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
