//! How many orders there are and what they bring.

use diptych::{Reader, Result, query};
use diptych_http::Money;
use schemars::JsonSchema;
use serde::Serialize;

use super::order_dashboard::{Counts, order_dashboard};

/// Asks for the counts of orders.
#[derive(Clone, Copy, Debug)]
pub struct Dashboard;

/// The counts of orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DashboardView {
    /// All orders, the cancelled ones too.
    pub total_orders: u64,
    /// The sum of those that are not cancelled.
    pub total_revenue: Money,
    /// How many are drafts.
    pub draft_orders: u64,
    /// How many are submitted and not paid yet.
    pub submitted_orders: u64,
    /// How many are paid and not shipped yet.
    pub paid_orders: u64,
    /// How many are shipped.
    pub shipped_orders: u64,
    /// How many are cancelled.
    pub cancelled_orders: u64,
    /// The mean of those that are not cancelled, to the cent, half up; 0 without any.
    pub average_order_value: Money,
}

impl From<&Counts> for DashboardView {
    fn from(counts: &Counts) -> Self {
        let number = |count: i64| u64::try_from(count).unwrap_or(0);
        let kept = [counts.draft, counts.submitted, counts.paid, counts.shipped].map(number);
        let kept = kept.into_iter().fold(0, u64::saturating_add);
        Self {
            total_orders: kept.saturating_add(number(counts.cancelled)),
            total_revenue: counts.revenue.into(),
            draft_orders: number(counts.draft),
            submitted_orders: number(counts.submitted),
            paid_orders: number(counts.paid),
            shipped_orders: number(counts.shipped),
            cancelled_orders: number(counts.cancelled),
            average_order_value: counts.revenue.shared_by(kept).into(),
        }
    }
}

/// Reads the one row.
#[query(reads = order_dashboard)]
pub async fn dashboard(_: &Dashboard, db: &Reader) -> Result<DashboardView> {
    let row = db.row(include_str!("../../../sql/orders/order_dashboard_get.sql"), ()).await?;
    let counts = row.as_ref().map_or_else(|| Ok(Counts::default()), Counts::of)?;
    Ok(DashboardView::from(&counts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Cents;

    #[test]
    fn the_average_is_of_those_that_are_not_cancelled_to_the_cent_half_up() {
        let counts = Counts { draft: 1, paid: 1, cancelled: 3, revenue: Cents::new(5), ..Counts::default() };
        let view = DashboardView::from(&counts);
        assert_eq!((view.total_orders, view.average_order_value), (5, Money::from(3)));
    }

    #[test]
    fn without_orders_everything_is_nothing() {
        let json = serde_json::to_string(&DashboardView::from(&Counts::default())).unwrap();
        assert!(json.contains(r#""totalRevenue":0"#) && json.contains(r#""averageOrderValue":0"#), "{json}");
    }
}
