//! How far an order has come.

use std::{fmt, str::FromStr};

use diptych::sql::{FromSql, SqlValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OrderStatus {
    /// Lines may be added.
    Draft,
    /// The customer is done with it; it waits to be paid.
    Submitted,
    /// It waits to be shipped.
    Paid,
    /// It has left the house; nothing changes any more.
    Shipped,
    /// It was called off; nothing changes any more.
    Cancelled,
}

impl OrderStatus {
    /// Every one, in the order of the lifecycle.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Submitted, Self::Paid, Self::Shipped, Self::Cancelled];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Paid => "paid",
            Self::Shipped => "shipped",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of draft, submitted, paid, shipped, cancelled")]
pub struct NoStatus;

impl FromStr for OrderStatus {
    type Err = NoStatus;

    fn from_str(word: &str) -> Result<Self, NoStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == word).ok_or(NoStatus)
    }
}

impl From<OrderStatus> for SqlValue {
    fn from(status: OrderStatus) -> Self {
        status.as_str().into()
    }
}

impl FromSql for OrderStatus {
    const KIND: &'static str = "a status of orders";

    fn from_sql(value: &SqlValue) -> Option<Self> {
        String::from_sql(value).and_then(|word| word.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_written_with_the_same_word_everywhere() {
        for status in OrderStatus::ALL {
            assert_eq!(status.to_string().parse(), Ok(status));
            assert_eq!(serde_json::to_string(&status).unwrap(), format!("\"{status}\""));
        }
        assert_eq!("Draft".parse::<OrderStatus>(), Err(NoStatus));
    }
}
