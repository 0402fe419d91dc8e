//! Conditions and words as queries. Values and words are only ever values of JSON: no text becomes syntax.
//!
//! The score of a document is what [`score`](diptych_core::documents::score()) makes of it: each word in each text is asked for exactly, with one and
//! with two letters wrong, each at a constant score, of which the best counts. The server's distance between words is the one
//! of the core: letters missing, too many, wrong, or changed with their neighbour.

use diptych_core::{
    Failure, FailureKind,
    documents::{Asked, Condition, Hits, Kind, Order, Scalar, Way},
};
use serde_json::{Value, json};

use crate::mapping::{At, Fields, Text};

fn none() -> Value {
    json!({ "match_none": {} })
}

fn undeclared(member: &str) -> Failure {
    let text = format!("the shape of the documents declares no {member:?} that is compared");
    Failure::plain(FailureKind::Invalid, text)
}

/// Documents that were not deleted, and of which all of this holds.
pub(crate) fn holding(fields: &Fields, conditions: &[Condition]) -> Result<Value, Failure> {
    Ok(json!({ "bool": { "filter": filter(fields, conditions)? } }))
}

/// Documents that are found by words, with their scores.
pub(crate) fn found(fields: &Fields, hits: &Hits) -> Result<Value, Failure> {
    let filter = filter(fields, &hits.conditions)?;
    if hits.words.is_empty() {
        return Ok(json!({ "bool": { "filter": filter } }));
    }
    // A text of weight 0 makes no score, and none is found by it.
    let texts = fields.texts.iter().filter(|text| text.weight > 0);
    let any: Vec<_> = texts.flat_map(|text| hits.words.iter().map(|asked| word(text, asked))).collect();
    let any = if any.is_empty() { none() } else { json!({ "bool": { "should": any } }) };
    Ok(json!({ "bool": { "filter": filter, "must": any } }))
}

/// A word in a text: the best of exactly, one letter wrong, and two.
fn word(text: &Text, asked: &Asked) -> Value {
    let at = |distance: u8| {
        let value = &*asked.word;
        let filter = match distance {
            0 => json!({ "term": { text.path(): { "value": value } } }),
            // All words that are near enough, not the first fifty.
            _ => json!({ "fuzzy": { text.path(): {
                "value": value, "fuzziness": distance, "transpositions": true, "rewrite": "constant_score",
            } } }),
        };
        let boost = Asked::counts_at(distance) * u64::from(text.weight);
        json!({ "constant_score": { "filter": filter, "boost": boost } })
    };
    json!({ "dis_max": { "queries": (0..=asked.distance).map(at).collect::<Vec<_>>() } })
}

fn filter(fields: &Fields, conditions: &[Condition]) -> Result<Vec<Value>, Failure> {
    let mut filter = vec![json!({ "term": { "live": true } })];
    for condition in conditions {
        let at = fields.at(condition.field()).ok_or_else(|| undeclared(condition.field()))?;
        filter.push(match condition {
            Condition::Any(_, values) => {
                let values: Vec<_> =
                    values.iter().filter(|value| is_of(at, value)).map(Scalar::to_json).collect();
                if values.is_empty() { none() } else { json!({ "terms": { at.path(): values } }) }
            }
            Condition::AtLeast(_, least) => range(at, "gte", least),
            Condition::AtMost(_, most) => range(at, "lte", most),
        });
    }
    Ok(filter)
}

fn is_of(at: &At, value: &Scalar) -> bool {
    matches!((at.kind, value), (Kind::Integer, Scalar::Integer(_)))
        || matches!((at.kind, value), (Kind::Keyword | Kind::Time, Scalar::Text(_)))
}

/// A comparison; of numbers with texts, every number is the smaller one.
fn range(at: &At, than: &str, value: &Scalar) -> Value {
    if is_of(at, value) {
        return json!({ "range": { at.path(): { than: value.to_json() } } });
    }
    let any_is_larger = at.kind != Kind::Integer;
    if any_is_larger == (than == "gte") { json!({ "exists": { "field": at.path() } }) } else { none() }
}

const fn way(way: Way) -> &'static str {
    match way {
        Way::Up => "asc",
        Way::Down => "desc",
    }
}

/// An order as the server sorts by it.
pub(crate) fn sort(fields: &Fields, order: &Order) -> Result<Value, Failure> {
    let by = |key: &str| {
        let at = fields.at(key).ok_or_else(|| undeclared(key))?;
        Ok(json!({ at.path(): { "order": way(order.way) } }))
    };
    order.keys.iter().map(|key| by(key)).collect()
}

/// The best first, then the newest; or the other way round.
pub(crate) fn sort_hits(fields: &Fields, hits: &Hits) -> Value {
    let mut sort = vec![json!({ "_score": { "order": way(hits.way) } })];
    if let Some(newest) = fields.newest.as_ref().and_then(|newest| fields.at(newest)) {
        sort.push(json!({ newest.path(): { "order": way(hits.way), "missing": 0 } }));
    }
    sort.into()
}
