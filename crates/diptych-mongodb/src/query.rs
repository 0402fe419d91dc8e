//! How questions become filters and sorts. Values are only ever operands.

use diptych_core::{
    Failure, FailureKind,
    documents::{Condition, Order, Scalar, Shape, Way},
};
use mongodb::{
    IndexModel,
    bson::{Bson, Document, doc},
    options::IndexOptions,
};

use crate::body::of_scalar;

/// Where a field stands.
fn path(name: &str) -> String {
    format!("doc.{name}")
}

/// The documents of which all of this holds.
pub(crate) fn filter(shape: &Shape, conditions: &[Condition]) -> Result<Document, Failure> {
    let mut all = vec![doc! { "shown": true }];
    for condition in conditions {
        if shape.kind(condition.field()).is_none() {
            let text = format!("the documents are not declared to be compared by {:?}", condition.field());
            return Err(Failure::plain(FailureKind::Invalid, text));
        }
        all.push(of_condition(condition));
    }
    Ok(doc! { "$and": all })
}

fn of_condition(condition: &Condition) -> Document {
    let field = path(condition.field());
    match condition {
        Condition::Any(_, values) => {
            doc! { field: { "$in": values.iter().map(of_scalar).collect::<Vec<_>>() } }
        }
        Condition::AtLeast(_, value) => doc! { field: { "$gte": of_scalar(value) } },
        Condition::AtMost(_, value) => doc! { field: { "$lte": of_scalar(value) } },
    }
}

/// Those that come after a place, when they are read in this way.
pub(crate) fn beyond(order: &Order, place: &[Scalar]) -> Document {
    let relation = if order.way == Way::Up { "$gt" } else { "$lt" };
    let mut ways: Vec<Document> = Vec::new();
    for (nth, (key, value)) in order.keys.iter().zip(place).enumerate() {
        let mut way = Document::new();
        for (before, same) in order.keys.iter().zip(place).take(nth) {
            way.insert(path(before), of_scalar(same));
        }
        way.insert(path(key), doc! { relation: of_scalar(value) });
        ways.push(way);
    }
    doc! { "$or": ways }
}

pub(crate) fn sort(order: &Order) -> Document {
    let way = Bson::Int32(if order.way == Way::Up { 1 } else { -1 });
    order.keys.iter().map(|key| (path(key), way.clone())).collect()
}

/// An index for each list that is declared, with its name.
pub(crate) fn indexes(shape: &Shape) -> Vec<(String, IndexModel)> {
    let lists = shape.lists.iter().map(|(having, order)| {
        let mut keys = doc! { "shown": 1 };
        keys.extend(having.iter().map(|name| (path(name), Bson::Int32(1))));
        keys.extend(sort(order));
        let name = keys.iter().map(|(path, way)| format!("{path} {way}")).collect::<Vec<_>>().join(", ");
        let options = IndexOptions::builder().name(name.clone()).build();
        (name, IndexModel::builder().keys(keys).options(options).build())
    });
    lists.collect()
}

/// Names that stand in filters must not have a meaning there.
pub(crate) fn check_names(shape: &Shape) -> Result<(), Failure> {
    let bad =
        shape.fields.iter().find(|field| field.name.is_empty() || field.name.contains(['.', '$', '\0']));
    match bad {
        Some(field) => {
            let text = format!("a field that is asked for cannot be named {:?} in MongoDB", field.name);
            Err(Failure::plain(FailureKind::Invalid, text))
        }
        None => Ok(()),
    }
}
