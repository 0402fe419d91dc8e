//! Two generations of a projection, held against each other, as an operator sees them: with what is sealed left out.

use std::sync::Arc;

use diptych::{Comparison, RowDifference, Sealed, SqlRow, SqlValue, TableComparison};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::shown::hide_sealed;

/// What is answered of a comparison.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownComparison {
    projection: String,
    /// Whether nothing differs.
    same: bool,
    position: diptych::Position,
    live: diptych::model::Generation,
    other: diptych::model::Generation,
    tables: Vec<TableComparison>,
    differing: u64,
    rows: Vec<ShownDifference>,
}

#[derive(Serialize)]
struct ShownDifference {
    table: Arc<str>,
    key: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<Value>,
}

impl ShownComparison {
    pub(super) fn of(comparison: Comparison) -> Self {
        let same = comparison.is_same();
        let Comparison { projection, position, live, other, tables, differing, rows } = comparison;
        let rows = rows.into_iter().map(ShownDifference::of).collect();
        Self { projection, same, position, live, other, tables, differing, rows }
    }
}

impl ShownDifference {
    fn of(row: RowDifference) -> Self {
        let shown = |row: Option<SqlRow>| row.as_ref().map(shown_row);
        let key = row.key.iter().map(shown_value).collect();
        Self { table: row.table, key, live: shown(row.live), other: shown(row.other) }
    }
}

fn shown_row(row: &SqlRow) -> Value {
    let columns = row.columns().iter().cloned();
    Value::Object(columns.zip(row.values().iter().map(shown_value)).collect::<Map<_, _>>())
}

/// A text that is JSON is shown as such, since what is sealed may stand in it.
fn shown_value(value: &SqlValue) -> Value {
    match value {
        SqlValue::Null => Value::Null,
        SqlValue::Integer(number) => json!(number),
        SqlValue::Real(number) => json!(number),
        SqlValue::Text(text) if Sealed::parse(text).is_ok() => json!({ "sealed": true }),
        SqlValue::Text(text) if text.starts_with(['{', '[']) => match serde_json::from_str(text) {
            Ok(mut value) => {
                hide_sealed(&mut value);
                value
            }
            Err(_) => json!(text),
        },
        SqlValue::Text(text) => json!(text),
        SqlValue::Blob(bytes) => json!({ "bytes": bytes.len() }),
    }
}
