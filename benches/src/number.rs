//! Whole numbers as floats: exact up to 2⁵³, which nothing counted here comes near.

/// A count as a float.
pub(crate) fn float(count: impl TryInto<u64>) -> f64 {
    let count = count.try_into().unwrap_or(u64::MAX);
    let half = |bits: u64| f64::from(u32::try_from(bits & 0xffff_ffff).unwrap_or(u32::MAX));
    half(count >> 32).mul_add(4_294_967_296.0, half(count))
}

/// How often in a second.
pub(crate) fn per_second(count: usize, took: std::time::Duration) -> f64 {
    float(count) / took.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_exact() {
        for (count, wanted) in [(0_u64, 0.0), (1_000_000, 1e6), (1 << 40, 1_099_511_627_776.0)] {
            assert_eq!(float(count), wanted);
        }
    }
}
