//! How questions become Tantivy's queries: put together term by term, so that nothing of a text is ever syntax.

use std::ops::Bound;

use diptych_core::{
    Failure,
    documents::{Asked, Condition, Kind, Scalar},
};
use tantivy::{
    Term,
    query::{
        BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, FuzzyTermQuery, Occur, Query,
        RangeQuery, TermQuery, TermSetQuery,
    },
    schema::{Field, IndexRecordOption},
};

use crate::schema::{Fields, shortened};

/// The documents of which all of this holds.
pub(crate) fn holding(fields: &Fields, conditions: &[Condition]) -> Result<Box<dyn Query>, Failure> {
    let mut all = vec![(Occur::Must, shown(fields))];
    for condition in conditions {
        all.push((Occur::Must, of_condition(fields, condition)?));
    }
    Ok(Box::new(BooleanQuery::new(all)))
}

/// The documents that have any of these words and of which all of this holds, with scores as the core counts them.
pub(crate) fn found(
    fields: &Fields,
    words: &[Asked],
    conditions: &[Condition],
) -> Result<Box<dyn Query>, Failure> {
    let mut all = Vec::new();
    if words.is_empty() {
        all.push((Occur::Must, scored(shown(fields), 0)));
    } else {
        let any = words.iter().flat_map(|asked| {
            fields.searched().map(|(field, weight)| (Occur::Should, in_field(asked, field, weight)))
        });
        let any: Box<dyn Query> = Box::new(BooleanQuery::new(any.collect()));
        all.push((Occur::Must, any));
    }
    for condition in conditions {
        all.push((Occur::Must, scored(of_condition(fields, condition)?, 0)));
    }
    Ok(Box::new(BooleanQuery::new(all)))
}

/// A word in a field, by its nearest form there.
fn in_field(asked: &Asked, field: Field, weight: u8) -> Box<dyn Query> {
    let term = Term::from_field_text(field, &asked.word);
    let count = |distance| Asked::counts_at(distance) * u64::from(weight);
    let exactly: Box<dyn Query> = Box::new(TermQuery::new(term.clone(), IndexRecordOption::Basic));
    let mut forms = vec![scored(exactly, count(0))];
    for distance in 1..=asked.distance {
        let near = FuzzyTermQuery::new(term.clone(), distance, true);
        forms.push(scored(Box::new(near), count(distance)));
    }
    Box::new(DisjunctionMaxQuery::new(forms))
}

/// Scores are whole numbers below 2^24, which Tantivy's numbers hold exactly, in whatever order they are added.
fn scored(query: Box<dyn Query>, score: u64) -> Box<dyn Query> {
    let score = u16::try_from(score).unwrap_or(u16::MAX);
    Box::new(ConstScoreQuery::new(query, f32::from(score)))
}

fn shown(fields: &Fields) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_u64(fields.shown, 1), IndexRecordOption::Basic))
}

fn of_condition(fields: &Fields, condition: &Condition) -> Result<Box<dyn Query>, Failure> {
    let (field, kind) = fields.compared(condition.field())?;
    let range = |from: Bound<Term>, to: Bound<Term>| -> Box<dyn Query> {
        if from == Bound::Unbounded && to == Bound::Unbounded {
            return Box::new(EmptyQuery);
        }
        Box::new(RangeQuery::new(from, to))
    };
    let bound = |value| term(field, kind, value).map_or(Bound::Unbounded, Bound::Included);
    Ok(match condition {
        Condition::Any(_, values) => {
            let terms: Vec<_> = values.iter().filter_map(|value| term(field, kind, value)).collect();
            if terms.is_empty() { Box::new(EmptyQuery) } else { Box::new(TermSetQuery::new(terms)) }
        }
        Condition::AtLeast(_, value) => range(bound(value), Bound::Unbounded),
        Condition::AtMost(_, value) => range(Bound::Unbounded, bound(value)),
    })
}

/// None where the field holds no such values, so that it has none that is equal.
fn term(field: Field, kind: Kind, value: &Scalar) -> Option<Term> {
    match value {
        Scalar::Integer(number) if kind == Kind::Integer => Some(Term::from_field_i64(field, *number)),
        Scalar::Text(text) if kind != Kind::Integer => Some(Term::from_field_text(field, shortened(text))),
        Scalar::Integer(_) | Scalar::Text(_) => None,
    }
}
