//! Money at rest: whole cents. Outside, in HTTP, it is [`diptych_http::Money`].
//!
//! Sums saturate, so that no fold can panic; no order that the rules allow comes near the end of the range.

use std::borrow::Cow;

use diptych::sql::{FromSql, SqlValue};
use diptych_http::Money;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// An amount of money in cents. Members of stored JSON that hold one end in `Cents`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cents(i64);

impl Cents {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many cents.
    #[must_use]
    pub const fn new(cents: i64) -> Self {
        Self(cents)
    }

    /// The number of cents.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// This and that much more; stops at the largest amount.
    #[must_use]
    pub const fn plus(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0))
    }

    /// This without that much; stops at the smallest amount.
    #[must_use]
    pub const fn minus(self, less: Self) -> Self {
        Self(self.0.saturating_sub(less.0))
    }

    /// So many times this; stops at the largest amount.
    #[must_use]
    pub fn times(self, quantity: u32) -> Self {
        Self(self.0.saturating_mul(quantity.into()))
    }

    /// The mean of so many parts, to the cent, half up; nothing if there are none.
    #[must_use]
    pub fn shared_by(self, parts: u64) -> Self {
        let (sum, parts) = (i128::from(self.0), i128::from(parts));
        let doubled = sum.saturating_mul(2).saturating_add(parts);
        let mean = doubled.checked_div_euclid(parts.saturating_mul(2)).unwrap_or(0);
        Self(i64::try_from(mean).unwrap_or(i64::MAX))
    }
}

impl From<Cents> for Money {
    fn from(cents: Cents) -> Self {
        cents.0.into()
    }
}

/// An amount that is larger than can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is out of range")]
pub struct TooMuch;

impl TryFrom<Money> for Cents {
    type Error = TooMuch;

    fn try_from(money: Money) -> Result<Self, TooMuch> {
        i64::try_from(money.cents()).map(Self).map_err(|_| TooMuch)
    }
}

impl From<Cents> for SqlValue {
    fn from(cents: Cents) -> Self {
        Self::Integer(cents.0)
    }
}

impl FromSql for Cents {
    const KIND: &'static str = "an amount in cents";

    fn from_sql(value: &SqlValue) -> Option<Self> {
        i64::from_sql(value).map(Self)
    }
}

/// A price that something may be offered at: from 0 to 1,000,000. It is read from a body as [`Money`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "Money")]
pub struct Price(Cents);

/// A price out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be from 0 to {}", Money::from(Price::MAX))]
pub struct NoPrice;

impl Price {
    /// The highest price.
    pub const MAX: Cents = Cents(100_000_000);

    /// The price of so many cents.
    ///
    /// # Errors
    /// [`NoPrice`] where it is negative or over [`Price::MAX`].
    pub fn new(cents: Cents) -> Result<Self, NoPrice> {
        if (Cents::ZERO..=Self::MAX).contains(&cents) { Ok(Self(cents)) } else { Err(NoPrice) }
    }

    /// The amount.
    #[must_use]
    pub const fn cents(self) -> Cents {
        self.0
    }
}

impl TryFrom<Money> for Price {
    type Error = NoPrice;

    fn try_from(money: Money) -> Result<Self, NoPrice> {
        Cents::try_from(money).map_err(|TooMuch| NoPrice).and_then(Self::new)
    }
}

impl JsonSchema for Price {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Price".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": 1_000_000, "multipleOf": 0.01 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_stop_at_the_ends_of_the_range() {
        let most = Cents::new(i64::MAX);
        assert_eq!(most.plus(Cents::new(1)), most);
        assert_eq!(most.times(2), most);
        assert_eq!(Cents::new(i64::MIN).minus(Cents::new(1)), Cents::new(i64::MIN));
    }

    #[test]
    fn a_mean_is_rounded_half_up_and_is_nothing_without_parts() {
        for (sum, parts, mean) in
            [(0, 0, 0), (7, 0, 0), (5, 2, 3), (4, 3, 1), (10, 4, 3), (9, 4, 2), (-5, 2, -2)]
        {
            assert_eq!(Cents::new(sum).shared_by(parts), Cents::new(mean), "{sum} / {parts}");
        }
        assert_eq!(Cents::new(i64::MAX).shared_by(1), Cents::new(i64::MAX));
    }

    #[test]
    fn a_price_is_from_nothing_to_a_million() {
        for good in [0, 1, 100_000_000] {
            assert_eq!(Price::new(Cents::new(good)).map(Price::cents), Ok(Cents::new(good)));
        }
        for bad in [-1, 100_000_001] {
            assert_eq!(Price::new(Cents::new(bad)), Err(NoPrice));
        }
        assert_eq!(NoPrice.to_string(), "must be from 0 to 1000000");
    }
}
