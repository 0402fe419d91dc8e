//! Values that go into statements and come out of rows.

use crate::{
    id::Id,
    metadata::CorrelationId,
    personal::{Blind, Personal, Sealed},
    position::{Position, Revision},
    time::Timestamp,
};

/// One value of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlValue {
    /// No value.
    Null,
    /// A signed 64-bit integer; booleans are 0 and 1.
    Integer(i64),
    /// A 64-bit float.
    Real(f64),
    /// A text in UTF-8.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl SqlValue {
    /// What kind of value, for messages.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Integer(_) => "an integer",
            Self::Real(_) => "a float",
            Self::Text(_) => "a text",
            Self::Blob(_) => "bytes",
        }
    }
}

macro_rules! from {
    ($($type:ty => |$value:ident| $make:expr;)+) => {$(
        impl From<$type> for SqlValue {
            fn from($value: $type) -> Self {
                $make
            }
        }
    )+};
}

from! {
    i64 => |v| Self::Integer(v);
    i32 => |v| Self::Integer(v.into());
    u32 => |v| Self::Integer(v.into());
    bool => |v| Self::Integer(v.into());
    f64 => |v| Self::Real(v);
    String => |v| Self::Text(v);
    &String => |v| Self::Text(v.clone());
    &str => |v| Self::Text(v.to_owned());
    Vec<u8> => |v| Self::Blob(v);
    &[u8] => |v| Self::Blob(v.to_vec());
    Timestamp => |v| Self::Text(v.to_string());
    Position => |v| Self::Integer(v.to_i64());
    Revision => |v| Self::Integer(v.to_i64());
    &Id => |v| Self::Text(v.to_string());
    &CorrelationId => |v| Self::Text(v.to_string());
    &Sealed => |v| Self::Text(v.as_str().to_owned());
    &Blind => |v| Self::Text(v.to_string());
}

/// The sealed form, which is all that a stored event holds. A value that was never recorded has none and becomes null.
impl<T> From<&Personal<T>> for SqlValue {
    fn from(value: &Personal<T>) -> Self {
        value.token().map_or(Self::Null, Self::from)
    }
}

impl<T: Into<SqlValue>> From<Option<T>> for SqlValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The parameters of a statement: a tuple of values, or a list of [`SqlValue`]. The first is `$1`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the parameters of a statement",
    label = "not parameters",
    note = "give a tuple of numbers, texts, times or `Option`s of these: `(id.as_str(), cents)`; one parameter is `(id,)`, none is `()`"
)]
pub trait SqlParams: Send {
    /// The values, in order.
    fn into_values(self) -> Vec<SqlValue>;
}

impl SqlParams for Vec<SqlValue> {
    fn into_values(self) -> Vec<SqlValue> {
        self
    }
}

impl SqlParams for () {
    fn into_values(self) -> Vec<SqlValue> {
        Vec::new()
    }
}

macro_rules! params_of_tuples {
    ($($($name:ident)+;)+) => {$(
        impl<$($name: Into<SqlValue> + Send),+> SqlParams for ($($name,)+) {
            #[allow(non_snake_case, reason = "the type's letter names the value too")]
            fn into_values(self) -> Vec<SqlValue> {
                let ($($name,)+) = self;
                vec![$($name.into()),+]
            }
        }
    )+};
}

params_of_tuples! {
    A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H; A B C D E F G H I; A B C D E F G H I J;
    A B C D E F G H I J K; A B C D E F G H I J K L; A B C D E F G H I J K L M; A B C D E F G H I J K L M N;
    A B C D E F G H I J K L M N O; A B C D E F G H I J K L M N O P;
}
