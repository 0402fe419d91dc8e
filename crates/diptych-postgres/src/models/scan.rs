//! All rows of a generation, table by table, through a cursor on the server: each table is read once, whatever its key.

use std::{collections::VecDeque, sync::Arc};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind,
    scan::{RowScan, ScannedRow},
};
use tokio_postgres::types::Type;

use crate::{failure::failure, pool::Param, reader::LeasedReader};

const DOING: &str = "going through the rows of a read model";
/// Rows of one page.
const PAGE: usize = 500;

/// See the page.
pub(super) struct PostgresScan<'a> {
    reader: &'a LeasedReader,
    schema: &'a str,
    /// Those still to be read; none before they are known.
    tables: Option<VecDeque<Table>>,
    /// Whether the cursor is open on the first of them.
    open: bool,
}

#[derive(Clone)]
struct Table {
    name: Arc<str>,
    key: Vec<String>,
}

impl<'a> PostgresScan<'a> {
    pub(super) const fn of(reader: &'a LeasedReader, schema: &'a str) -> Self {
        Self { reader, schema, tables: None, open: false }
    }

    async fn tables(&self) -> Result<VecDeque<Table>, Failure> {
        let client = self.reader.lease().client(DOING)?;
        let schema: [Param<'_>; 1] = [(&self.schema, Type::TEXT)];
        let wrap = |error| failure(DOING, error);
        let rows = client.query_typed(include_str!("../../sql/model/tables.sql"), &schema).await;
        let rows = rows.map_err(wrap)?;
        let tables = rows.iter().map(|row| {
            let (name, key): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
            let key = key.split('\u{1f}').filter(|column| !column.is_empty()).map(str::to_owned).collect();
            Ok(Table { name: name.into(), key })
        });
        tables.collect::<Result<_, _>>().map_err(wrap)
    }

    async fn run(&self, sql: &str) -> Result<(), Failure> {
        let done = self.reader.lease().client(DOING)?.batch_execute(sql).await;
        done.map_err(|error| failure(DOING, error))
    }

    async fn page(&mut self, table: &Table) -> Result<Vec<ScannedRow>, Failure> {
        if !self.open {
            let name = table.name.replace('"', "\"\"");
            self.run(&format!("DECLARE diptych_scan NO SCROLL CURSOR FOR SELECT * FROM \"{name}\"")).await?;
            self.open = true;
        }
        let rows = self.reader.rows(&format!("FETCH {PAGE} FROM diptych_scan")).await;
        let rows = rows.map_err(|error| Failure::new(FailureKind::Unreadable, DOING, error))?;
        Ok(rows.into_iter().map(|row| ScannedRow::of(&table.name, &table.key, row)).collect())
    }
}

#[async_trait]
impl RowScan for PostgresScan<'_> {
    async fn next(&mut self) -> Result<Vec<ScannedRow>, Failure> {
        if self.tables.is_none() {
            self.tables = Some(self.tables().await?);
        }
        while let Some(table) = self.tables.as_ref().and_then(|tables| tables.front().cloned()) {
            let rows = self.page(&table).await?;
            if !rows.is_empty() {
                return Ok(rows);
            }
            self.run("CLOSE diptych_scan").await?;
            self.open = false;
            self.tables.as_mut().map(VecDeque::pop_front);
        }
        Ok(Vec::new())
    }
}
