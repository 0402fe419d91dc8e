//! What was submitted, day by day.

use diptych::{Reader, Result, query};
use diptych_http::Money;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::order_daily::order_daily;
use crate::money::Cents;

/// Asks for the days from `from` to `to`, both included; without one, from the first or to the last.
#[derive(Clone, Copy, Debug, Default)]
pub struct DailyStats {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
}

/// What was submitted on one UTC day, cancelled since or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DayView {
    /// The day.
    #[schemars(with = "Date")]
    pub date: String,
    /// How many orders.
    pub count: u64,
    /// Their sum.
    pub revenue: Money,
}

/// Reads the days' rows, oldest first.
#[query(reads = order_daily)]
pub async fn daily_stats(query: &DailyStats, db: &Reader) -> Result<Vec<DayView>> {
    // Days are compared as texts: those of one length stand in the order of time.
    let from = query.from.unwrap_or(Date::ZERO).to_string();
    let to = query.to.unwrap_or(Date::MAX).to_string();
    let rows = db.rows(include_str!("../../../sql/orders/order_daily_list.sql"), (from, to)).await?;
    let days = rows.iter().map(|row| {
        Ok(DayView {
            date: row.get("day")?,
            count: row.get("orders")?,
            revenue: row.get::<Cents>("revenue_cents")?.into(),
        })
    });
    days.collect()
}
