//! The projection of what was submitted on which day, in UTC. An order that is cancelled later stays counted.

use std::collections::BTreeMap;

use diptych::{Recorded, Result, Tx, projection};

use crate::{money::Cents, orders::OrderEvent};

/// One row per day.
#[projection(schema = "../../../sql/orders/order_daily.sql")]
pub async fn order_daily(events: &[Recorded<OrderEvent>], tx: &mut Tx<'_>) -> Result {
    for (day, more) in by_day(events) {
        let sql = include_str!("../../../sql/orders/order_daily_get.sql");
        let mut known = Day::default();
        if let Some(row) = tx.row(sql, (&day,)).await? {
            known = Day { orders: row.get("orders")?, revenue: row.get("revenue_cents")? };
        }
        let sql = include_str!("../../../sql/orders/order_daily_put.sql");
        let sum = known.and(more);
        tx.execute(sql, (day, sum.orders, sum.revenue)).await?;
    }
    Ok(())
}

/// What was submitted on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Day {
    orders: i64,
    revenue: Cents,
}

impl Day {
    const fn and(self, more: Self) -> Self {
        Self { orders: self.orders.saturating_add(more.orders), revenue: self.revenue.plus(more.revenue) }
    }
}

fn by_day(events: &[Recorded<OrderEvent>]) -> BTreeMap<String, Day> {
    let mut days: BTreeMap<String, Day> = BTreeMap::new();
    for recorded in events {
        if let OrderEvent::OrderSubmitted { total_cents, .. } = &recorded.event {
            let day = days.entry(recorded.at.recorded_at.day()).or_default();
            *day = day.and(Day { orders: 1, revenue: *total_cents });
        }
    }
    days
}
