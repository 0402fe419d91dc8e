//! A document as BSON: its members as they are, so that other programs read it too; and where BSON would not give them back exactly,
//! the whole as a text beside those that are declared.
//!
//! ```text
//! { _id: "ORD-1", stamp: 42, shown: true, doc: { status: "paid", … } }
//! { _id: "ORD-2", stamp: 43, shown: true, doc: { status: "paid" }, json: "{\"status\":\"paid\",\"a.b\":1}" }
//! { _id: "ORD-3", stamp: 44, shown: false }
//! ```

use diptych_core::{
    Failure, FailureKind, Position,
    documents::{Entry, Scalar, Shape, Stamp},
};
use mongodb::bson::{Bson, Document};
use serde_json::{Map, Value};

/// An entry as it is written.
pub(crate) fn written(entry: &Entry, shape: &Shape) -> Result<Document, Failure> {
    let mut written = Document::new();
    written.insert("_id", &entry.id);
    written.insert("stamp", entry.stamp.to_i64());
    written.insert("shown", entry.body.is_some());
    if !entry.late.is_empty() {
        written.insert("late", entry.late.iter().map(|late| Bson::Int64(late.to_i64())).collect::<Vec<_>>());
    }
    if let Some(body) = &entry.body {
        match exactly(body) {
            Some(Bson::Document(doc)) => drop(written.insert("doc", doc)),
            Some(_) | None => {
                written.insert("doc", declared(body, shape));
                let json = serde_json::to_string(body)
                    .map_err(|error| Failure::new(FailureKind::Invalid, "writing a document", error))?;
                written.insert("json", json);
            }
        }
    }
    Ok(written)
}

/// An entry as it was written.
pub(crate) fn read(written: Document) -> Result<Entry, Failure> {
    let broken = || Failure::plain(FailureKind::Unreadable, "reading a document: it is not of our making");
    let id = written.get_str("_id").map_err(|_| broken())?.to_owned();
    let stamp =
        written.get_i64("stamp").ok().and_then(|stamp| u64::try_from(stamp).ok()).ok_or_else(broken)?;
    let late = written.get_array("late").map(Vec::as_slice).unwrap_or_default();
    let late = late.iter().filter_map(Bson::as_i64).map(Position::from_i64).collect();
    let body = match (written.get_str("json"), written.get_document("doc")) {
        (Ok(json), _) => Some(serde_json::from_str(json).map_err(|_| broken())?),
        (Err(_), Ok(doc)) => Some(to_json(&Bson::Document(doc.clone())).ok_or_else(broken)?),
        (Err(_), Err(_)) => None,
    };
    Ok(Entry { id, stamp: Stamp::from_number(stamp), late, body })
}

/// Only what can be asked for.
fn declared(body: &Value, shape: &Shape) -> Document {
    let mut declared = Document::new();
    for field in &shape.fields {
        let values: Vec<_> = shape.scalars(body, &field.name).iter().map(of_scalar).collect();
        let is_list = body.get(&*field.name).is_some_and(Value::is_array);
        match values.as_slice() {
            [one] if !is_list => drop(declared.insert(field.name.as_ref(), one.clone())),
            _ => drop(declared.insert(field.name.as_ref(), values)),
        }
    }
    declared
}

pub(crate) fn of_scalar(scalar: &Scalar) -> Bson {
    match scalar {
        Scalar::Integer(number) => Bson::Int64(*number),
        Scalar::Text(text) => Bson::String(text.clone()),
    }
}

/// None where something would not come back as it was, or is not taken by every server: names of members with a meaning of their own,
/// numbers beyond 64 bits, U+0000.
fn exactly(value: &Value) -> Option<Bson> {
    Some(match value {
        Value::Null => Bson::Null,
        Value::Bool(is) => Bson::Boolean(*is),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Bson::Int64(whole),
            None if number.is_f64() => Bson::Double(number.as_f64().filter(|float| *float != 0.0)?),
            None => return None,
        },
        Value::String(text) => Bson::String(Some(text).filter(|text| !text.contains('\0'))?.clone()),
        Value::Array(several) => Bson::Array(several.iter().map(exactly).collect::<Option<_>>()?),
        Value::Object(members) => {
            let mut document = Document::new();
            for (name, value) in members {
                if name.is_empty() || name.starts_with('$') || name.contains(['.', '\0']) {
                    return None;
                }
                document.insert(name, exactly(value)?);
            }
            Bson::Document(document)
        }
    })
}

fn to_json(bson: &Bson) -> Option<Value> {
    if let Bson::Document(document) = bson {
        let members = document.iter().map(|(name, value)| Some((name.clone(), to_json(value)?)));
        return members.collect::<Option<Map<_, _>>>().map(Value::Object);
    }
    if let Bson::Array(several) = bson {
        return several.iter().map(to_json).collect::<Option<_>>().map(Value::Array);
    }
    if let Bson::Double(float) = bson {
        return serde_json::Number::from_f64(*float).map(Value::Number);
    }
    let whole = bson.as_i64().or_else(|| bson.as_i32().map(i64::from));
    whole
        .map(Value::from)
        .or_else(|| bson.as_bool().map(Value::from))
        .or_else(|| bson.as_str().map(Value::from))
        .or_else(|| bson.as_null().map(|()| Value::Null))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_comes_back_as_it_was_whatever_its_members_are_called() {
        let shape = Shape::new().keyword("status").keyword("tags");
        for body in [
            json!({ "status": "a", "tags": ["b", "c"], "n": [1, 1.5, null, true, { "x": i64::MIN }] }),
            json!({ "status": "a", "tags": [], "$set": 1, "a.b": 2, "": 3 }),
            json!({ "status": "$where", "deep": { "big": u64::MAX, "zero": -0.0, "nul": "\0" } }),
        ] {
            let stamp = Stamp::from_number(7);
            let entry = Entry { id: "x".into(), stamp, late: vec![Position::new(3)], body: Some(body) };
            let written = written(&entry, &shape).unwrap();
            assert!(written.get_document("doc").unwrap().contains_key("status"));
            assert_eq!(read(written).unwrap(), entry);
        }
    }

    #[test]
    fn of_a_deleted_document_the_stamp_stays() {
        let gone = Entry { id: "x".into(), stamp: Stamp::from_number(7), late: Vec::new(), body: None };
        let written = written(&gone, &Shape::new()).unwrap();
        assert_eq!(written.get_bool("shown"), Ok(false));
        assert_eq!(read(written).unwrap(), gone);
    }
}
