//! What is asked of documents: conditions on declared fields, an order, a text.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::view::{Part, Start};

/// A value that a field is compared with. Texts are compared by their bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A whole number.
    Integer(i64),
    /// A text, or a moment as it is written.
    Text(String),
}

impl Scalar {
    /// A JSON value as one; none of those that are no whole numbers and no texts.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        value.as_i64().map(Self::Integer).or_else(|| value.as_str().map(|text| Self::Text(text.to_owned())))
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Integer(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
        }
    }
}

impl From<i64> for Scalar {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// What holds of a document that is found. Of several conditions all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The field has one of these values; of a list, any of it is. No values: nothing is found.
    Any(Cow<'static, str>, Vec<Scalar>),
    /// The field has this value or a larger one.
    AtLeast(Cow<'static, str>, Scalar),
    /// The field has this value or a smaller one.
    AtMost(Cow<'static, str>, Scalar),
}

impl Condition {
    /// The field has this value.
    #[must_use]
    pub fn is(field: &'static str, value: impl Into<Scalar>) -> Self {
        Self::Any(field.into(), vec![value.into()])
    }

    /// The field that it is about.
    #[must_use]
    pub fn field(&self) -> &str {
        match self {
            Self::Any(field, _) | Self::AtLeast(field, _) | Self::AtMost(field, _) => field,
        }
    }
}

/// Which end of an order comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// The smallest first.
    #[default]
    Up,
    /// The largest first.
    Down,
}

impl Way {
    /// The other one.
    #[must_use]
    pub const fn turned(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

/// The fields that a list is sorted by, in turn. Together they are unique among the documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The fields: each a [`Kind`](super::Kind) that is compared, with one value in every document.
    pub keys: Vec<Cow<'static, str>>,
    /// Which end comes first, in all of them.
    pub way: Way,
}

impl Order {
    /// The smallest first.
    #[must_use]
    pub fn ascending(keys: &[&'static str]) -> Self {
        Self { keys: keys.iter().map(|key| Cow::Borrowed(*key)).collect(), way: Way::Up }
    }

    /// The largest first.
    #[must_use]
    pub fn descending(keys: &[&'static str]) -> Self {
        Self { way: Way::Down, ..Self::ascending(keys) }
    }
}

/// Asks for a part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Find {
    /// What holds of each.
    pub conditions: Vec<Condition>,
    /// How it is sorted.
    pub order: Order,
    /// Which part; its keys are those of the order.
    pub part: Part,
}

impl Find {
    /// All documents, in this order.
    #[must_use]
    pub fn all(order: Order, part: Part) -> Self {
        Self { conditions: Vec::new(), order, part }
    }

    /// Only those of which this holds too.
    #[must_use]
    pub fn with(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }
}

/// Asks for documents by words in them, the best first; of those with one score the newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// What somebody typed. Blank finds every document.
    pub text: String,
    /// What holds of each.
    pub conditions: Vec<Condition>,
    /// Which part; its keys are a score and the value of the shape's `newest`.
    pub part: Part,
}

impl Search {
    /// The first so many of what is found by this text.
    #[must_use]
    pub fn first(text: impl Into<String>, limit: u32) -> Self {
        Self { text: text.into(), conditions: Vec::new(), part: Part { start: Start::Offset(0), limit } }
    }

    /// Only those of which this holds too.
    #[must_use]
    pub fn with(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }
}
