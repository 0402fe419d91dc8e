//! Every number of a run, for programs.

use serde_json::{Value, json};

use super::page::Made;
use crate::run::{Ran, RanMeasure};

/// All of it as JSON.
pub(crate) fn numbers(ran: &[Ran], made: &Made) -> Value {
    let measures = ran.iter().flat_map(|ran| ran.lines.iter().map(move |line| measure(ran.row, line)));
    json!({
        "when": made.when,
        "machine": made.machine,
        "quick": made.quick,
        "measures": measures.collect::<Vec<_>>(),
    })
}

fn measure(row: &str, line: &RanMeasure) -> Value {
    let pairs = line.pairs.iter().map(|pair| match pair.by_hand {
        Some(by_hand) => json!({ "ours": pair.ours, "byHand": by_hand }),
        None => json!({ "ours": pair.ours }),
    });
    json!({
        "row": row,
        "name": line.measure.name,
        "unit": line.measure.unit,
        "value": line.value(),
        "verdict": format!("{:?}", line.verdict()),
        "pairs": pairs.collect::<Vec<_>>(),
    })
}
