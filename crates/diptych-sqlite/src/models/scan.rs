//! All rows of a generation, table by table: in the order of their rowids, or, where a table has none, of its key.
//!
//! A page begins where the last one ended, by the index, so that going through a table costs what reading it once costs.

use std::{collections::VecDeque, sync::Arc};

use async_trait::async_trait;
use diptych_core::{
    Failure, SqlRow, SqlValue,
    scan::{RowScan, ScannedRow},
};
use rusqlite::Connection;

use crate::{failure::failure, reader::LeasedReader, statement};

const DOING: &str = "going through the rows of a read model";
/// Rows of one page.
const PAGE: usize = 500;
/// The name that the rowid is read under.
const ROWID: &str = "diptych_rowid";

/// See the page.
pub(super) struct SqliteScan<'a> {
    reader: &'a LeasedReader,
    /// Those still to be read, the first of them after this place; none before the tables are known.
    tables: Option<VecDeque<Table>>,
    after: Option<Vec<SqlValue>>,
}

#[derive(Clone)]
struct Table {
    name: Arc<str>,
    key: Vec<String>,
    has_rowid: bool,
}

impl<'a> SqliteScan<'a> {
    pub(super) fn of(reader: &'a LeasedReader) -> Self {
        Self { reader, tables: None, after: None }
    }

    async fn page(&self, table: &Table) -> Result<Vec<SqlRow>, Failure> {
        let (sql, after) = (table.sql(self.after.is_some()), self.after.clone().unwrap_or_default());
        let read = move |connection: &Connection| statement::query(connection, &sql, &after);
        let rows = self.reader.read(DOING, read).await?;
        rows.map_err(|error| Failure::new(diptych_core::FailureKind::Unreadable, DOING, error))
    }
}

impl Table {
    fn sql(&self, goes_on: bool) -> String {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let order: Vec<_> = self.order().iter().map(|column| quoted(column)).collect();
        let (columns, order) = if self.has_rowid {
            (format!("_rowid_ AS {ROWID}, *"), "_rowid_".to_owned())
        } else {
            ("*".to_owned(), order.join(", "))
        };
        let places: Vec<_> = (1..=self.order().len()).map(|number| format!("${number}")).collect();
        let after =
            if goes_on { format!("WHERE ({order}) > ({})", places.join(", ")) } else { String::new() };
        format!("SELECT {columns} FROM {} {after} ORDER BY {order} LIMIT {PAGE}", quoted(&self.name))
    }

    fn order(&self) -> Vec<String> {
        if self.has_rowid { vec![ROWID.to_owned()] } else { self.key.clone() }
    }

    fn place(&self, row: &SqlRow) -> Vec<SqlValue> {
        ScannedRow::of(&self.name, &self.order(), row.clone()).key
    }

    /// Without the rowid, which is not the projection's.
    fn scanned(&self, rows: Vec<SqlRow>) -> Vec<ScannedRow> {
        let own = usize::from(self.has_rowid);
        let Some(columns) = rows.first().map(|row| row.columns().iter().skip(own).cloned()) else {
            return Vec::new();
        };
        let columns: Arc<[String]> = columns.collect();
        let rows = rows.into_iter().map(|row| {
            let values = row.values().iter().skip(own).cloned().collect();
            ScannedRow::of(&self.name, &self.key, SqlRow::new(Arc::clone(&columns), values))
        });
        rows.collect()
    }
}

#[async_trait]
impl RowScan for SqliteScan<'_> {
    async fn next(&mut self) -> Result<Vec<ScannedRow>, Failure> {
        if self.tables.is_none() {
            let found = self.reader.read(DOING, tables).await?;
            self.tables = Some(found.map_err(|error| failure(DOING, error))?);
        }
        while let Some(table) = self.tables.as_ref().and_then(|tables| tables.front().cloned()) {
            let rows = self.page(&table).await?;
            if let Some(last) = rows.last() {
                self.after = Some(table.place(last));
                return Ok(table.scanned(rows));
            }
            self.after = None;
            self.tables.as_mut().map(VecDeque::pop_front);
        }
        Ok(Vec::new())
    }
}

fn tables(connection: &Connection) -> rusqlite::Result<VecDeque<Table>> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/model/tables.sql"))?;
    let tables = statement.query_map([], |row| {
        let key: String = row.get(2)?;
        let key = key.split('\u{1f}').filter(|column| !column.is_empty()).map(str::to_owned).collect();
        Ok(Table { name: row.get::<_, String>(0)?.into(), key, has_rowid: !row.get::<_, bool>(1)? })
    })?;
    tables.collect()
}
