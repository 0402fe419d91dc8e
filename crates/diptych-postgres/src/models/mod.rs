//! Read models: each generation in a schema of its own, `dip_<projection>_<n>`, in the log's database.
//!
//! Read `generation.rs` first: a batch as one transaction with its checkpoint. Then `generations.rs`, making, promoting and
//! removing them; `handle.rs`, reading.
//!
//! What holds: rows and checkpoint move together, by a compare-and-set on the owner's epoch under the lock of the
//! generation's row. Which generation is live is one row, too.

mod generation;
mod generations;
mod handle;
mod scan;

use std::sync::Arc;

use diptych_core::{
    Clock, SqlProjection,
    model::{Generation, ReadModels, SqlEngine},
};

use crate::pool::Database;
use generations::PostgresModels;

/// Keeps read models in schemas. Made by [`PostgresDatabase::open`](crate::PostgresDatabase::open).
#[derive(Debug)]
pub struct PostgresEngine(Arc<Engine>);

/// What all read models of an engine share.
#[derive(Debug)]
struct Engine {
    database: Database,
    clock: Arc<dyn Clock>,
}

impl PostgresEngine {
    pub(crate) fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Engine { database, clock }))
    }
}

impl SqlEngine for PostgresEngine {
    fn models(&self, projection: Arc<dyn SqlProjection>) -> Arc<dyn ReadModels> {
        Arc::new(PostgresModels::new(Arc::clone(&self.0), projection))
    }
}

impl Engine {
    /// The schema of a generation's tables.
    fn schema_of(&self, name: &str, generation: Generation) -> String {
        format!("{}_{name}_{generation}", self.database.schema.name())
    }
}
