//! Numbers of a body, given to serde at the exact value of their literal.

use serde::de::{Error, Expected, Unexpected, Visitor};

use super::super::fault::Fault;

/// A number where a whole one is wanted: its literal has neither fraction nor exponent.
pub(super) fn whole<'de, V: Visitor<'de>>(literal: &str, visitor: V) -> Result<V::Value, Fault> {
    if let Ok(number) = literal.parse() {
        visitor.visit_u64(number)
    } else if let Ok(number) = literal.parse() {
        visitor.visit_i64(number)
    } else {
        Err(not_whole(literal, &visitor))
    }
}

/// The same where up to 128 bits are wanted.
pub(super) fn wide<'de, V: Visitor<'de>>(literal: &str, visitor: V) -> Result<V::Value, Fault> {
    if let Ok(number) = literal.parse() {
        visitor.visit_i128(number)
    } else if let Ok(number) = literal.parse() {
        visitor.visit_u128(number)
    } else {
        Err(not_whole(literal, &visitor))
    }
}

fn not_whole(literal: &str, expected: &dyn Expected) -> Fault {
    let is_whole = !literal.contains(['.', 'e', 'E']);
    let given = if is_whole { "out of range" } else { "written with a fraction or an exponent" };
    Fault::invalid_value(Unexpected::Other(given), expected)
}

/// A number where a floating one is wanted: the nearest there is.
pub(super) fn float<'de, V: Visitor<'de>>(literal: &str, visitor: V) -> Result<V::Value, Fault> {
    match literal.parse::<f64>() {
        Ok(number) if number.is_finite() => visitor.visit_f64(number),
        Ok(_) | Err(_) => Err(Fault::invalid_value(Unexpected::Other("out of range"), &visitor)),
    }
}

/// A number where anything may stand.
pub(super) fn any<'de, V: Visitor<'de>>(literal: &str, visitor: V) -> Result<V::Value, Fault> {
    if let Ok(number) = literal.parse() {
        visitor.visit_u64(number)
    } else if let Ok(number) = literal.parse() {
        visitor.visit_i64(number)
    } else {
        float(literal, visitor)
    }
}
