//! Means of whole numbers, as the API prints them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// The mean of so many whole numbers, by their sum; nothing where there are none.
///
/// A whole mean is printed as a whole number, any other as the nearest double, which is as exact as a number in JSON is
/// read by most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mean {
    /// The sum of the numbers.
    pub sum: u64,
    /// How many there are.
    pub count: u64,
}

impl Serialize for Mean {
    #[allow(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "sums below 2^53 are exact, and larger ones are rounded as any JSON number is"
    )]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.sum.checked_div(self.count), self.sum.checked_rem(self.count)) {
            (Some(whole), Some(0)) => serializer.serialize_u64(whole),
            (Some(_), Some(_)) => serializer.serialize_f64(self.sum as f64 / self.count as f64),
            (None, _) | (_, None) => serializer.serialize_u64(0),
        }
    }
}

impl JsonSchema for Mean {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Mean".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_printed_whole_where_it_is_and_nothing_without_numbers() {
        for (sum, count, text) in
            [(0, 0, "0"), (5, 0, "0"), (0, 3, "0"), (8, 2, "4"), (9, 2, "4.5"), (13, 3, "4.333333333333333")]
        {
            assert_eq!(serde_json::to_string(&Mean { sum, count }).unwrap(), text, "{sum} / {count}");
        }
    }
}
