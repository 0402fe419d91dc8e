//! Money: whole cents inside, a decimal JSON number outside.

use std::{borrow::Cow, fmt, iter::Sum, ops::Add, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::value::RawValue;

use crate::body::{Literal, LiteralError};

/// An amount of money in cents.
///
/// Read from the exact value of a number's literal (`10.10`, `1e1` and `10.1` are one amount); printed with every
/// digit and no more than needed (`999`, `10.1`, `1299.99`). What is read fits an `i64`; sums may be larger. Which
/// amounts are allowed is for the reader of the command to say.
///
/// # Example
/// ```
/// use diptych_http::Money;
///
/// let price: Money = "1299.990".parse().unwrap();
/// assert_eq!(price.cents(), 129_999);
/// assert_eq!(serde_json::to_string(&price).unwrap(), "1299.99");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i128);

/// Why a number is no amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// It is not a number.
    #[error("must be a number")]
    NotANumber,
    /// It has a part smaller than a cent.
    #[error("must have at most two fraction digits")]
    TooPrecise,
    /// It does not fit an `i64` of cents.
    #[error("is out of range")]
    OutOfRange,
}

impl Money {
    /// So many cents.
    #[must_use]
    pub const fn from_cents(cents: i128) -> Self {
        Self(cents)
    }

    /// The amount in cents.
    #[must_use]
    pub const fn cents(self) -> i128 {
        self.0
    }
}

impl TryFrom<&Literal> for Money {
    type Error = MoneyError;

    fn try_from(literal: &Literal) -> Result<Self, MoneyError> {
        let cents = literal.scaled(2).map_err(|error| match error {
            LiteralError::NotANumber => MoneyError::NotANumber,
            LiteralError::TooPrecise => MoneyError::TooPrecise,
            LiteralError::OutOfRange => MoneyError::OutOfRange,
        })?;
        i64::try_from(cents).map(Self::from).map_err(|_| MoneyError::OutOfRange)
    }
}

impl From<i64> for Money {
    /// So many cents.
    fn from(cents: i64) -> Self {
        Self(cents.into())
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let literal: Literal = text.parse().map_err(|_| MoneyError::NotANumber)?;
        Self::try_from(&literal)
    }
}

/// Saturates at what an `i128` holds, which no sum of stored amounts comes near.
impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Self::add)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        let (whole, fraction) = (cents / 100, cents % 100);
        match (fraction, fraction % 10) {
            (0, _) => write!(f, "{sign}{whole}"),
            (_, 0) => write!(f, "{sign}{whole}.{}", fraction / 10),
            (_, _) => write!(f, "{sign}{whole}.{fraction:02}"),
        }
    }
}

/// Exact only into JSON text: `serde_json::to_value` makes an `f64` of it, as of any number with a fraction.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(&Literal::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl JsonSchema for Money {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "multipleOf": 0.01, "examples": [999, 1299.99] })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_printed_with_the_fewest_digits_that_are_exact() {
        for (cents, text) in [
            (0, "0"),
            (5, "0.05"),
            (10, "0.1"),
            (-5, "-0.05"),
            (-150, "-1.5"),
            (99_900, "999"),
            (129_999, "1299.99"),
            (i128::MAX, "1701411834604692317316873037158841057.27"),
            (i128::MIN, "-1701411834604692317316873037158841057.28"),
        ] {
            assert_eq!(Money::from_cents(cents).to_string(), text);
            assert_eq!(serde_json::to_string(&Money::from_cents(cents)).unwrap(), text);
        }
    }

    #[test]
    fn a_part_of_a_cent_is_refused_however_small() {
        for text in ["0.001", "1299.990000000000001", "1e-3"] {
            assert_eq!(text.parse::<Money>(), Err(MoneyError::TooPrecise), "{text}");
        }
    }

    #[test]
    fn what_is_read_fits_an_i64_of_cents() {
        assert_eq!("92233720368547758.07".parse(), Ok(Money::from(i64::MAX)));
        assert_eq!("92233720368547758.08".parse::<Money>(), Err(MoneyError::OutOfRange));
        assert_eq!("1e400".parse::<Money>(), Err(MoneyError::OutOfRange));
    }

    #[test]
    fn a_text_is_no_amount() {
        assert!(serde_json::from_str::<Money>("\"10\"").is_err());
        assert_eq!("ten".parse::<Money>(), Err(MoneyError::NotANumber));
    }

    #[test]
    fn sums_keep_every_digit() {
        let sum: Money = std::iter::repeat_n(Money::from(i64::MAX), 3).sum();
        assert_eq!(sum.to_string(), "276701161105643274.21");
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_as_the_same_amount(cents in any::<i64>()) {
            let money = Money::from(cents);
            let text = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&text).unwrap(), money);
        }
    }
}
