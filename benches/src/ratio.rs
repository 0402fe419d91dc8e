//! The median of ratios, with an interval that assumes nothing about how they are spread.
//!
//! Each value is above the median as often as below it, so how many of n are below is binomial with one half; the interval
//! between the k-th and the (n+1-k)-th holds the median unless fewer than k are on one side. Source: any book on order
//! statistics, for instance David and Nagaraja, section 7.1.

use serde::Serialize;

/// How sure the interval is meant to be.
const WANTED: f64 = 0.95;

/// The middle of some values, and between which two of them the true median lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Median {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// How sure: at least 95 % where there are six values or more.
    pub(crate) confidence: f64,
}

/// The median of these values; none if there are none.
pub(crate) fn median(values: &[f64]) -> Option<Median> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len();
    let (below, above) = (sorted.get(count.checked_sub(1)? / 2)?, sorted.get(count / 2)?);
    let (rank, confidence) = rank(count);
    Some(Median {
        median: (below + above) / 2.0,
        low: *sorted.get(rank)?,
        high: *sorted.get(count - 1 - rank)?,
        confidence,
    })
}

/// How many of the smallest, and of the largest, may be left out of the interval, and how sure it is then.
fn rank(count: usize) -> (usize, f64) {
    let mut chance = (0..count).fold(1.0, |chance, _| chance / 2.0);
    let (mut best, mut outside) = ((0, 1.0 - 2.0 * chance), chance);
    for left_out in 1..count / 2 {
        chance *= ratio(count - left_out + 1, left_out);
        outside += chance;
        if 1.0 - 2.0 * outside < WANTED {
            break;
        }
        best = (left_out, 1.0 - 2.0 * outside);
    }
    best
}

fn ratio(a: usize, b: usize) -> f64 {
    crate::number::float(a) / crate::number::float(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_tables() {
        // Ranks from 1, as tables have them: n = 9 gives 2 and 8, 15 gives 4 and 12, 25 gives 8 and 18.
        for (count, low, high, sure) in [(9, 2, 8, 0.961), (15, 4, 12, 0.965), (25, 8, 18, 0.957)] {
            let values: Vec<f64> = (1..=count).rev().map(f64::from).collect();
            let found = median(&values).unwrap();
            assert_eq!((found.low, found.high), (f64::from(low), f64::from(high)), "{count}");
            assert!((found.confidence - sure).abs() < 0.001, "{count}: {}", found.confidence);
            assert_eq!(found.median, f64::from(count + 1) / 2.0);
        }
    }

    #[test]
    fn few_values_give_all_of_their_width_and_say_how_sure_that_is() {
        let found = median(&[3.0, 1.0, 2.0]).unwrap();
        assert_eq!((found.low, found.median, found.high, found.confidence), (1.0, 2.0, 3.0, 0.75));
        assert_eq!(median(&[1.0, 2.0]).unwrap().median, 1.5);
        assert_eq!(median(&[7.0]).unwrap().confidence, 0.0);
        assert_eq!(median(&[]), None);
    }
}
