//! Reads PostgreSQL's `numeric`, which sums and averages are, from its binary form.

use tokio_postgres::types::{FromSql, Type};

/// A number of any length: as an integer where it is one that fits, else as the nearest float.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Numeric {
    Integer(i64),
    Real(f64),
}

const NEGATIVE: i16 = 0x4000;

impl<'a> FromSql<'a> for Numeric {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let mut words = raw.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]]));
        let mut next = || words.next().ok_or("a numeric is cut off");
        let (count, weight, sign, scale) = (next()?, next()?, next()?, next()?);
        let digits: Vec<i16> = words.take(usize::try_from(count)?).collect();
        if sign != 0 && sign != NEGATIVE {
            return Ok(Self::Real(f64::NAN));
        }
        Ok(integer(&digits, weight, sign, scale).map_or_else(|| real(&digits, weight, sign), Self::Integer))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::NUMERIC
    }
}

/// The integer, where the number is written without decimal places and fits.
fn integer(digits: &[i16], weight: i16, sign: i16, scale: i16) -> Option<i64> {
    if scale != 0 {
        return None;
    }
    let mut sum = 0_i64;
    for place in 0..=weight.max(-1) {
        let digit = usize::try_from(place).ok().and_then(|place| digits.get(place)).copied().unwrap_or(0);
        sum = sum.checked_mul(10_000)?.checked_sub(i64::from(digit))?;
    }
    if sign == NEGATIVE { Some(sum) } else { sum.checked_neg() }
}

fn real(digits: &[i16], weight: i16, sign: i16) -> Numeric {
    let parts = digits.iter().zip(0_i32..).map(|(digit, place)| {
        let power = (i32::from(weight) - place) * 4;
        format!("{digit}e{power}").parse::<f64>().unwrap_or(f64::NAN)
    });
    let sum: f64 = parts.sum();
    Numeric::Real(if sign == NEGATIVE { -sum } else { sum })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[i16]) -> Numeric {
        let raw: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        Numeric::from_sql(&Type::NUMERIC, &raw).unwrap()
    }

    #[test]
    fn sums_are_integers_and_averages_are_floats() {
        assert_eq!(read(&[0, 0, 0, 0]), Numeric::Integer(0));
        assert_eq!(read(&[2, 1, 0, 0, 1, 2345]), Numeric::Integer(12_345));
        assert_eq!(read(&[1, 1, NEGATIVE, 0, 3]), Numeric::Integer(-30_000));
        assert_eq!(read(&[2, 0, 0, 4, 2, 5000]), Numeric::Real(2.5));
        assert_eq!(read(&[1, 7, 0, 0, 1]), Numeric::Real(1e28));
    }
}
