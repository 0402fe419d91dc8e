//! Two generations of a projection, as a table and the rows that differ.

use serde_json::Value;

use crate::output::{cell, table};

/// For people.
pub(super) fn shown(comparison: &Value) -> String {
    let tables = comparison["tables"].as_array().map_or(&[][..], Vec::as_slice);
    let row = |table: &Value| {
        let (live, other) = (&table["live"], &table["other"]);
        let same = if live == other { "same" } else { "differs" };
        [
            cell(&table["table"]),
            cell(&live["rows"]),
            cell(&other["rows"]),
            cell(&live["checksum"]),
            cell(&other["checksum"]),
            same.to_owned(),
        ]
    };
    let header = ["table", "rows live", "rows new", "checksum live", "checksum new", ""];
    let [name, live, other, position, differing] =
        ["projection", "live", "other", "position", "differing"].map(|name| cell(&comparison[name]));
    let mut text = format!(
        "{name} at position {position}: generation {live} (live) and {other} (new)\n\n{}\n",
        table(&header, tables.iter().map(row))
    );
    let rows = comparison["rows"].as_array().map_or(&[][..], Vec::as_slice);
    for row in rows {
        let key: Vec<_> = row["key"].as_array().into_iter().flatten().map(cell).collect();
        text.push_str(&format!("\n{} [{}]\n", cell(&row["table"]), key.join(", ")));
        for (sign, form) in [('-', &row["live"]), ('+', &row["other"])] {
            if !form.is_null() {
                text.push_str(&format!("  {sign} {form}\n"));
            }
        }
    }
    if comparison["same"] == Value::Bool(true) {
        text.push_str("\nno row differs");
    } else {
        text.push_str(&format!("\n{differing} rows differ; {} are shown", rows.len()));
    }
    text
}
