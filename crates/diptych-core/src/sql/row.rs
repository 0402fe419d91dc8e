//! Rows that come back.

use std::sync::Arc;

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
