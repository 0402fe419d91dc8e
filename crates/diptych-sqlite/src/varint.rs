//! Lists of small numbers as bytes: seven bits a byte, the lowest first, the top bit set where more follow (LEB128).

/// Appends a number. Numbers of rows are never negative.
pub(crate) fn push(bytes: &mut Vec<u8>, number: i64) {
    let mut rest = number.unsigned_abs();
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap_or(0);
        rest >>= 7;
        if rest == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

/// The numbers of a list. A number that is cut off at the end is left out.
pub(crate) fn numbers(bytes: &[u8]) -> impl Iterator<Item = i64> {
    let mut bytes = bytes.iter();
    std::iter::from_fn(move || {
        let (mut number, mut shift) = (0_u64, 0_u32);
        for byte in bytes.by_ref() {
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Some(i64::try_from(number).unwrap_or(i64::MAX));
            }
            shift = shift.saturating_add(7);
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(list in proptest::collection::vec(0..=i64::MAX, 0..20)) {
            let mut bytes = Vec::new();
            list.iter().for_each(|number| push(&mut bytes, *number));
            prop_assert_eq!(numbers(&bytes).collect::<Vec<_>>(), list);
        }
    }
}
