//! Values of statements of others: into parameters of whatever type the server infers, and out of rows.
//!
//! A parameter is sent as text without a type, so the server takes it as what stands where the parameter stands: `1` is an
//! `int4`, a `numeric` or a `boolean`, an RFC 3339 text a `timestamptz`. So nothing has to be prepared first, and a statement
//! is one round trip also behind a pooler.

use std::borrow::Cow;

use bytes::BytesMut;
use diptych_core::SqlValue;
use tokio_postgres::{
    Row,
    types::{Format, FromSql, IsNull, Kind, ToSql, Type, to_sql_checked},
};

use crate::numeric::Numeric;

type BoxError = Box<dyn std::error::Error + Sync + Send>;

/// A value as the text that the server reads it from; none for null.
pub(crate) fn text_of(value: &SqlValue) -> Option<Cow<'_, str>> {
    Some(match value {
        SqlValue::Null => return None,
        SqlValue::Integer(number) => number.to_string().into(),
        SqlValue::Real(number) => number.to_string().into(),
        SqlValue::Text(text) => text.into(),
        SqlValue::Blob(bytes) => {
            const DIGITS: [char; 16] =
                ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
            let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
            "\\x".chars().chain(digits.map(|digit| DIGITS[usize::from(digit)])).collect::<String>().into()
        }
    })
}

/// A parameter.
#[derive(Debug)]
pub(crate) struct Parameter<'a>(pub(crate) &'a SqlValue);

impl ToSql for Parameter<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
        let Some(text) = text_of(self.0) else { return Ok(IsNull::Yes) };
        out.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// The values of a row.
///
/// # Errors
/// What does not fit: a type that there is no value for.
pub(crate) fn values(row: &Row) -> Result<Vec<SqlValue>, tokio_postgres::Error> {
    (0..row.len())
        .map(|at| Ok(row.try_get::<_, Option<Value>>(at)?.map_or(SqlValue::Null, |value| value.0)))
        .collect()
}

struct Value(SqlValue);

/// Text as it is sent, whatever the type is called.
const TEXTS: [Type; 7] =
    [Type::TEXT, Type::VARCHAR, Type::BPCHAR, Type::NAME, Type::UNKNOWN, Type::JSON, Type::XML];

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, BoxError> {
        Ok(Self(match *ty {
            Type::BOOL => SqlValue::Integer(bool::from_sql(ty, raw)?.into()),
            Type::INT2 => SqlValue::Integer(i16::from_sql(ty, raw)?.into()),
            Type::INT4 => SqlValue::Integer(i32::from_sql(ty, raw)?.into()),
            Type::INT8 => SqlValue::Integer(i64::from_sql(ty, raw)?),
            Type::OID => SqlValue::Integer(u32::from_sql(ty, raw)?.into()),
            Type::FLOAT4 => SqlValue::Real(f32::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => SqlValue::Real(f64::from_sql(ty, raw)?),
            Type::NUMERIC => match Numeric::from_sql(ty, raw)? {
                Numeric::Integer(number) => SqlValue::Integer(number),
                Numeric::Real(number) => SqlValue::Real(number),
            },
            Type::BYTEA => SqlValue::Blob(raw.to_vec()),
            Type::UUID => SqlValue::Text(uuid::Uuid::from_slice(raw)?.to_string()),
            // The first byte of the binary form says which form it is.
            Type::JSONB => SqlValue::Text(std::str::from_utf8(raw.get(1..).unwrap_or_default())?.to_owned()),
            Type::TIMESTAMP | Type::TIMESTAMPTZ => moment(i64::from_be_bytes(raw.try_into()?)),
            Type::DATE => {
                let days = i32::from_be_bytes(raw.try_into()?);
                let SqlValue::Text(text) = moment(i64::from(days).saturating_mul(DAY)) else {
                    return Ok(Self(SqlValue::Null));
                };
                SqlValue::Text(text.chars().take_while(|c| *c != 'T').collect())
            }
            _ => SqlValue::Text(std::str::from_utf8(raw)?.to_owned()),
        }))
    }

    fn accepts(ty: &Type) -> bool {
        let numbers = [
            Type::BOOL,
            Type::INT2,
            Type::INT4,
            Type::INT8,
            Type::OID,
            Type::FLOAT4,
            Type::FLOAT8,
            Type::NUMERIC,
        ];
        let others = [Type::BYTEA, Type::UUID, Type::JSONB, Type::TIMESTAMP, Type::TIMESTAMPTZ, Type::DATE];
        numbers.contains(ty)
            || others.contains(ty)
            || TEXTS.contains(ty)
            || matches!(ty.kind(), Kind::Enum(_))
    }
}

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;
/// 2000-01-01, from which PostgreSQL counts, in microseconds since 1970-01-01.
const EPOCH: i64 = 10_957 * DAY;

fn moment(micros: i64) -> SqlValue {
    SqlValue::Text(diptych_core::Timestamp::from_micros(micros.saturating_add(EPOCH)).to_string())
}
