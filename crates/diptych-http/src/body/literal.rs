//! Decimal numbers at the exact value of what was written: `f64` never touches them.

use std::{fmt, str::FromStr};

use hifijson::{SliceLexer, num::LexWrite as _};
use serde::{
    Deserialize, Deserializer,
    de::{Error, Unexpected, Visitor},
};
use serde_json::value::RawValue;

/// A JSON number as it was written, of any size and precision.
///
/// Deserialises exactly from a body ([`from_json`](super::from_json)) and from `serde_json`'s readers of text.
///
/// # Example
/// ```
/// use diptych_http::body::{Literal, LiteralError};
///
/// let scaled = |text: &str| text.parse::<Literal>().unwrap().scaled(2);
/// assert_eq!(scaled("10.10"), Ok(1010));
/// assert_eq!(scaled("1e2"), Ok(10_000));
/// assert_eq!(scaled("0.001"), Err(LiteralError::TooPrecise));
/// assert_eq!(scaled("1e999999999"), Err(LiteralError::OutOfRange));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Literal(Box<str>);

/// Why a number cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LiteralError {
    /// It is not written as a JSON number.
    #[error("must be a number")]
    NotANumber,
    /// Its value has more fraction digits than are kept.
    #[error("has too many fraction digits")]
    TooPrecise,
    /// Its value is too large.
    #[error("is too large")]
    OutOfRange,
}

/// Asks the body's own deserialiser for a number's literal, which arrives as a text.
pub(super) const TOKEN: &str = "$diptych_http::Literal";

impl Literal {
    /// The number as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number's value times ten to the power of `digits`, where that is a whole number.
    ///
    /// Takes time linear in the literal, and no memory, however large the exponent.
    ///
    /// # Errors
    /// [`LiteralError::TooPrecise`] where it is not whole; [`LiteralError::OutOfRange`] where it does not fit an `i128`.
    pub fn scaled(&self, digits: u32) -> Result<i128, LiteralError> {
        let Parts { negative, whole, fraction, exponent } = Parts::of(&self.0);
        let significant = || whole.bytes().chain(fraction.bytes()).skip_while(|digit| *digit == b'0');
        let count = significant().count();
        if count == 0 {
            return Ok(0);
        }
        let zeros = whole.bytes().chain(fraction.bytes()).rev().take_while(|digit| *digit == b'0').count();
        let power = exponent
            .saturating_add(i64::from(digits))
            .saturating_sub_unsigned(fraction.len().try_into().unwrap_or(u64::MAX))
            .saturating_add_unsigned(zeros.try_into().unwrap_or(u64::MAX));
        let power = u64::try_from(power).map_err(|_| LiteralError::TooPrecise)?;
        let power = u32::try_from(power).map_err(|_| LiteralError::OutOfRange)?;
        let magnitude = significant()
            .take(count - zeros)
            .try_fold(0_i128, |sum, digit| sum.checked_mul(10)?.checked_add(i128::from(digit - b'0')));
        let scaled = magnitude.and_then(|sum| sum.checked_mul(10_i128.checked_pow(power)?));
        scaled.map(|value| if negative { -value } else { value }).ok_or(LiteralError::OutOfRange)
    }
}

/// A literal taken apart; the value is `whole.fraction × 10^exponent`.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i64,
}

impl<'a> Parts<'a> {
    fn of(literal: &'a str) -> Self {
        let (negative, rest) = literal.strip_prefix('-').map_or((false, literal), |rest| (true, rest));
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let saturated = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
        Self { negative, whole, fraction, exponent: exponent.parse().unwrap_or(saturated) }
    }
}

impl FromStr for Literal {
    type Err = LiteralError;

    fn from_str(text: &str) -> Result<Self, LiteralError> {
        let mut lexer = SliceLexer::new(text.as_bytes());
        let (number, _) = lexer.num_string().validated().map_err(|_| LiteralError::NotANumber)?;
        if number.len() == text.len() { Ok(Self(text.into())) } else { Err(LiteralError::NotANumber) }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Of;

        impl<'de> Visitor<'de> for Of {
            type Value = Literal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            /// The body's own deserialiser, which knows [`TOKEN`].
            fn visit_str<E: Error>(self, text: &str) -> Result<Literal, E> {
                text.parse().map_err(|_| E::invalid_type(Unexpected::Str(text), &self))
            }

            /// Any other one; only `serde_json` can give a literal.
            fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Literal, D::Error> {
                let raw = Box::<RawValue>::deserialize(inner)?;
                raw.get()
                    .parse()
                    .map_err(|_| D::Error::invalid_type(Unexpected::Other("something else"), &self))
            }
        }

        deserializer.deserialize_newtype_struct(TOKEN, Of)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scaled(text: &str) -> Result<i128, LiteralError> {
        text.parse::<Literal>().and_then(|literal| literal.scaled(2))
    }

    #[test]
    fn the_exact_value_counts_and_not_its_spelling() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("0e999999999999999999999", 0),
            ("0.000e-999999999999999999999", 0),
            ("10.10", 1010),
            ("10.1000000000000000000000000000000000000000000000000", 1010),
            ("1e2", 10_000),
            ("1E+2", 10_000),
            ("-1.5", -150),
            ("0.01", 1),
            ("1000e-3", 100),
        ] {
            assert_eq!(scaled(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_too_precise_or_too_large_says_which() {
        for text in
            ["0.001", "12345e-3", "1299.990000000000001", "1e-3", "1e-999999999999999999999", "-1.234"]
        {
            assert_eq!(scaled(text), Err(LiteralError::TooPrecise), "{text}");
        }
        for text in ["1e400", "1e999999999", "1e99999999999999999999999", "-1e38"] {
            assert_eq!(scaled(text), Err(LiteralError::OutOfRange), "{text}");
        }
        for text in ["", "+1", "01", ".5", "1.", "1e", "abc", "1 ", " 1", "Infinity", "NaN", "0x1", "1_000"] {
            assert_eq!(scaled(text), Err(LiteralError::NotANumber), "{text}");
        }
    }

    #[test]
    fn serde_json_gives_the_literal_too() {
        let literal: Literal = serde_json::from_str("1299.990000000000001").unwrap();
        assert_eq!(literal.as_str(), "1299.990000000000001");
        assert!(serde_json::from_str::<Literal>("\"1\"").is_err());
    }

    proptest! {
        #[test]
        fn a_shifted_number_has_the_value_of_the_plain_one(cents in any::<i64>(), shift in 0_usize..60) {
            let shifted = format!("{cents}{}e-{}", "0".repeat(shift), shift + 2);
            prop_assert_eq!(scaled(&shifted), Ok(i128::from(cents)));
        }
    }
}
