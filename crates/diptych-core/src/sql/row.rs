//! Rows that come back.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{SqlError, SqlValue};
use crate::{
    personal::{Personal, Sealed},
    position::{Position, Revision},
    time::Timestamp,
};

/// One row: values by column name.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlRow {
    columns: Arc<[String]>,
    values: Vec<SqlValue>,
}

impl SqlRow {
    /// A row of these columns; rows of one answer share the names.
    #[must_use]
    pub const fn new(columns: Arc<[String]>, values: Vec<SqlValue>) -> Self {
        Self { columns, values }
    }

    /// The value of a column.
    ///
    /// # Errors
    /// [`SqlError`] where there is no such column or its value is of another type.
    pub fn get<T: FromSql>(&self, column: &str) -> Result<T, SqlError> {
        let value = self.columns.iter().position(|name| name == column).and_then(|at| self.values.get(at));
        let value = value.ok_or_else(|| SqlError::NoColumn {
            column: column.to_owned(),
            columns: self.columns.join(", "),
        })?;
        T::from_sql(value).ok_or_else(|| SqlError::WrongType {
            column: column.to_owned(),
            found: value.kind(),
            wanted: T::KIND,
        })
    }

    /// As a JSON object, to be kept elsewhere and read back by [`from_json`](Self::from_json). Bytes are `{ "bytes": [1, 2] }`; a float
    /// that is no number is null.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let values = self.values.iter().map(|value| match value {
            SqlValue::Null => Value::Null,
            SqlValue::Integer(number) => (*number).into(),
            SqlValue::Real(number) => (*number).into(),
            SqlValue::Text(text) => text.as_str().into(),
            SqlValue::Blob(bytes) => json!({ "bytes": bytes }),
        });
        Value::Object(self.columns.iter().cloned().zip(values).collect())
    }

    /// The row that [`to_json`](Self::to_json) wrote; none of other JSON.
    #[must_use]
    pub fn from_json(row: Value) -> Option<Self> {
        let Value::Object(members) = row else { return None };
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        for (column, value) in members {
            columns.push(column);
            values.push(match value {
                Value::Null => SqlValue::Null,
                Value::Number(number) => match number.as_i64() {
                    Some(integer) => SqlValue::Integer(integer),
                    None => SqlValue::Real(number.as_f64()?),
                },
                Value::String(text) => SqlValue::Text(text),
                Value::Object(bytes) => SqlValue::Blob(bytes_of(bytes)?),
                Value::Bool(_) | Value::Array(_) => return None,
            });
        }
        Some(Self { columns: columns.into(), values })
    }

    /// The columns' names, in order.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The values, in order.
    #[must_use]
    pub fn values(&self) -> &[SqlValue] {
        &self.values
    }
}

fn bytes_of(mut members: Map<String, Value>) -> Option<Vec<u8>> {
    serde_json::from_value(members.remove("bytes")?).ok()
}

/// A type that a column's value may be read as.
pub trait FromSql: Sized {
    /// What it is read from, for messages: `an integer`.
    const KIND: &'static str;

    /// The value; none where it is of another type.
    fn from_sql(value: &SqlValue) -> Option<Self>;
}

macro_rules! from_sql {
    ($($type:ty, $kind:literal, $pattern:pat => $make:expr;)+) => {$(
        impl FromSql for $type {
            const KIND: &'static str = $kind;
            fn from_sql(value: &SqlValue) -> Option<Self> {
                if let $pattern = value { $make } else { None }
            }
        }
    )+};
}

from_sql! {
    i64, "an integer", SqlValue::Integer(v) => Some(*v);
    u64, "an integer that is not negative", SqlValue::Integer(v) => u64::try_from(*v).ok();
    u32, "an integer from 0 to 4294967295", SqlValue::Integer(v) => u32::try_from(*v).ok();
    bool, "0 or 1", SqlValue::Integer(v) => Some(*v != 0);
    f64, "a float", SqlValue::Real(v) => Some(*v);
    String, "a text", SqlValue::Text(v) => Some(v.clone());
    Vec<u8>, "bytes", SqlValue::Blob(v) => Some(v.clone());
    Timestamp, "a time in RFC 3339", SqlValue::Text(v) => Timestamp::parse(v).ok();
    Position, "an integer", SqlValue::Integer(v) => Some(Position::from_i64(*v));
    Revision, "an integer", SqlValue::Integer(v) => Some(Revision::from_i64(*v));
    Sealed, "a sealed value", SqlValue::Text(v) => Sealed::parse(v).ok();
}

impl<T> FromSql for Personal<T> {
    const KIND: &'static str = "a sealed value";
    fn from_sql(value: &SqlValue) -> Option<Self> {
        Sealed::from_sql(value).map(Self::sealed)
    }
}

impl<T: FromSql> FromSql for Option<T> {
    const KIND: &'static str = T::KIND;
    fn from_sql(value: &SqlValue) -> Option<Self> {
        if matches!(value, SqlValue::Null) { Some(None) } else { T::from_sql(value).map(Some) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_back_from_its_json() {
        let values = vec![
            SqlValue::Null,
            SqlValue::Integer(i64::MIN),
            SqlValue::Integer(3),
            SqlValue::Real(3.0),
            SqlValue::Real(-0.1),
            SqlValue::Text("\u{0} \"é\"".to_owned()),
            SqlValue::Blob(vec![0, 255]),
        ];
        let columns: Vec<_> = (0..values.len()).map(|number| format!("column {number}")).collect();
        let row = SqlRow::new(columns.into(), values);
        let read: Value = serde_json::from_str(&row.to_json().to_string()).unwrap();
        assert_eq!(SqlRow::from_json(read), Some(row));
    }

    #[test]
    fn other_json_is_no_row() {
        for other in [json!([]), json!({ "a": [1] }), json!({ "a": { "b": 1 } }), json!({ "a": true })] {
            assert_eq!(SqlRow::from_json(other), None);
        }
    }
}
