//! What can be asked of documents: declared beside the projection, and made into indexes or a mapping when a generation is made.
//!
//! Fields are members of the document's top level. What is not declared is kept and given back, but cannot be asked for.

use std::borrow::Cow;

use serde_json::Value;

use super::criteria::{Condition, Order, Scalar};

/// The fields of a projection's documents that can be asked for, and the lists that are read often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// The fields.
    pub fields: Vec<Field>,
    /// The lists that are worth an index: fields that are asked to have a value, then those that it is sorted by. A document must
    /// have every field that any of these lists is sorted by.
    pub lists: Vec<(Vec<Cow<'static, str>>, Order)>,
    /// The whole number by which, of two that are found with one score, the larger comes first.
    pub newest: Option<Cow<'static, str>>,
}

/// A field that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name of the member.
    pub name: Cow<'static, str>,
    /// What it holds.
    pub kind: Kind,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text, or a list of texts, that is compared as a whole, by its bytes. May be absent or null.
    Keyword,
    /// A whole number of 64 bits, such as cents, a count or a position. May be absent or null.
    Integer,
    /// A moment, as [`Timestamp`](crate::Timestamp) is written, so that the order of the texts is that of time. May be absent or null.
    Time,
    /// A text, or a list of texts, whose words are searched; each word found counts so many times. May be absent or null.
    Text {
        /// How many times.
        weight: u8,
    },
}

/// A document that is not of the declared shape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is no JSON object.
    #[error("a document is an object, which this is not")]
    NoObject,
    /// A field holds something else than is declared.
    #[error("the document's member {field:?} is not {kind:?}")]
    Kind {
        /// Which.
        field: String,
        /// What it should hold.
        kind: Kind,
    },
    /// A field by which a list is sorted is absent.
    #[error("the document has no {field:?}, by which a list is sorted")]
    Unsorted {
        /// Which.
        field: String,
    },
}

impl Shape {
    /// Nothing can be asked for but by id.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A field that is compared as a whole.
    #[must_use]
    pub fn keyword(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.field(name, Kind::Keyword)
    }

    /// A field of whole numbers.
    #[must_use]
    pub fn integer(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.field(name, Kind::Integer)
    }

    /// A field of moments.
    #[must_use]
    pub fn time(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.field(name, Kind::Time)
    }

    /// A field whose words are searched.
    #[must_use]
    pub fn text(self, name: impl Into<Cow<'static, str>>, weight: u8) -> Self {
        self.field(name, Kind::Text { weight })
    }

    fn field(mut self, name: impl Into<Cow<'static, str>>, kind: Kind) -> Self {
        self.fields.push(Field { name: name.into(), kind });
        self
    }

    /// A list that is worth an index: of the documents with given values in `having`, in this order.
    #[must_use]
    pub fn list(mut self, having: &[&'static str], order: Order) -> Self {
        self.lists.push((having.iter().map(|name| Cow::Borrowed(*name)).collect(), order));
        self
    }

    /// Of two that are found with one score, the one with the larger number here comes first. No two have the same.
    #[must_use]
    pub fn newest(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.newest = Some(name.into());
        self
    }

    /// The fields whose words are searched, with their weights.
    pub fn texts(&self) -> impl Iterator<Item = (&str, u8)> {
        self.fields.iter().filter_map(|field| match field.kind {
            Kind::Text { weight } => Some((&*field.name, weight)),
            Kind::Keyword | Kind::Integer | Kind::Time => None,
        })
    }

    /// What a field that is compared holds.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<Kind> {
        let compared = |field: &&Field| field.name == name && !matches!(field.kind, Kind::Text { .. });
        self.fields.iter().find(compared).map(|field| field.kind)
    }

    /// Holds that a document is of this shape.
    ///
    /// # Errors
    /// [`Unfit`] names the member.
    pub fn check(&self, body: &Value) -> Result<(), Unfit> {
        let members = body.as_object().ok_or(Unfit::NoObject)?;
        for Field { name, kind } in &self.fields {
            let value = members.get(&**name).unwrap_or(&Value::Null);
            if !kind.fits(value) {
                return Err(Unfit::Kind { field: name.to_string(), kind: *kind });
            }
        }
        let sorted = self.lists.iter().flat_map(|(_, order)| &order.keys).chain(&self.newest);
        for name in sorted {
            if self.scalars(body, name).len() != 1 {
                return Err(Unfit::Unsorted { field: name.to_string() });
            }
        }
        Ok(())
    }

    /// Whether all of this holds of a document.
    #[must_use]
    pub fn holds(&self, conditions: &[Condition], body: &Value) -> bool {
        conditions.iter().all(|condition| {
            let values = self.scalars(body, condition.field());
            match condition {
                Condition::Any(_, wanted) => values.iter().any(|value| wanted.contains(value)),
                Condition::AtLeast(_, least) => values.iter().any(|value| value >= least),
                Condition::AtMost(_, most) => values.iter().any(|value| value <= most),
            }
        })
    }

    /// The values of a field that is compared; none where it is absent, several of a list.
    #[must_use]
    pub fn scalars(&self, body: &Value, name: &str) -> Vec<Scalar> {
        match body.get(name) {
            Some(Value::Array(several)) => several.iter().filter_map(Scalar::of).collect(),
            Some(one) => Scalar::of(one).into_iter().collect(),
            None => Vec::new(),
        }
    }
}

impl Kind {
    fn fits(self, value: &Value) -> bool {
        let text_or_texts = |value: &Value| {
            let texts = |several: &Vec<Value>| several.iter().all(Value::is_string);
            value.is_string() || value.as_array().is_some_and(texts)
        };
        value.is_null()
            || match self {
                Self::Keyword | Self::Text { .. } => text_or_texts(value),
                Self::Integer => value.is_i64(),
                Self::Time => value.is_string(),
            }
    }
}

/// The texts of a field whose words are searched.
pub(super) fn texts_of<'a>(body: &'a Value, name: &str) -> Vec<&'a str> {
    match body.get(name) {
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        Some(one) => one.as_str().into_iter().collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_that_does_not_fit_is_told_by_its_member() {
        let by_price = Order::ascending(&["price"]);
        let shape = Shape::new().integer("price").keyword("tags").text("name", 2).list(&["tags"], by_price);
        assert_eq!(shape.check(&json!({ "price": 1, "tags": ["a"], "more": {} })), Ok(()));
        assert_eq!(shape.check(&json!(1)), Err(Unfit::NoObject));
        for (body, field) in [
            (json!({ "price": 1.5 }), "price"),
            (json!({ "price": 1, "tags": [1] }), "tags"),
            (json!({ "price": 1, "name": 1 }), "name"),
        ] {
            let error = shape.check(&body).unwrap_err();
            assert!(matches!(&error, Unfit::Kind { field: found, .. } if found == field), "{body}: {error}");
        }
        assert_eq!(shape.check(&json!({})), Err(Unfit::Unsorted { field: "price".to_owned() }));
    }
}
