//! The projection of how many orders there are and what they bring: one row.
//!
//! It takes batches: the counts are read once, moved in memory and written once, so that one row is no brake.

use diptych::{Recorded, Result, Tx, projection};

use crate::{
    money::Cents,
    orders::{Item, OrderEvent, OrderStatus},
};

/// One row of counts.
#[projection(schema = "../../../sql/orders/order_dashboard.sql")]
pub async fn order_dashboard(events: &[Recorded<OrderEvent>], tx: &mut Tx<'_>) -> Result {
    let row = tx.row(include_str!("../../../sql/orders/order_dashboard_get.sql"), ()).await?;
    let mut counts = row.as_ref().map_or_else(|| Ok(Counts::default()), Counts::of)?;
    for recorded in events {
        counts.take(&recorded.event);
    }
    let Counts { draft, submitted, paid, shipped, cancelled, revenue } = counts;
    let sql = include_str!("../../../sql/orders/order_dashboard_put.sql");
    tx.execute(sql, (draft, submitted, paid, shipped, cancelled, revenue)).await?;
    Ok(())
}

/// How many orders there are in each status, and the sum of those that are not cancelled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) draft: i64,
    pub(super) submitted: i64,
    pub(super) paid: i64,
    pub(super) shipped: i64,
    pub(super) cancelled: i64,
    pub(super) revenue: Cents,
}

impl Counts {
    /// The counts that the row holds.
    pub(super) fn of(row: &diptych::SqlRow) -> Result<Self> {
        Ok(Self {
            draft: row.get("draft")?,
            submitted: row.get("submitted")?,
            paid: row.get("paid")?,
            shipped: row.get("shipped")?,
            cancelled: row.get("cancelled")?,
            revenue: row.get("revenue_cents")?,
        })
    }

    fn take(&mut self, event: &OrderEvent) {
        match event {
            OrderEvent::OrderCreated { total_cents, .. } => {
                self.draft += 1;
                self.revenue = self.revenue.plus(*total_cents);
            }
            OrderEvent::ItemAdded { item, .. } => self.revenue = self.revenue.plus(Item::sum(item)),
            OrderEvent::OrderSubmitted { .. } => self.go(OrderStatus::Draft, OrderStatus::Submitted),
            OrderEvent::OrderPaid { .. } => self.go(OrderStatus::Submitted, OrderStatus::Paid),
            OrderEvent::OrderShipped { .. } => self.go(OrderStatus::Paid, OrderStatus::Shipped),
            OrderEvent::OrderCancelled { status_before, total_cents, .. } => {
                self.go(*status_before, OrderStatus::Cancelled);
                self.revenue = self.revenue.minus(*total_cents);
            }
        }
    }

    fn go(&mut self, from: OrderStatus, to: OrderStatus) {
        *self.at(from) -= 1;
        *self.at(to) += 1;
    }

    const fn at(&mut self, status: OrderStatus) -> &mut i64 {
        match status {
            OrderStatus::Draft => &mut self.draft,
            OrderStatus::Submitted => &mut self.submitted,
            OrderStatus::Paid => &mut self.paid,
            OrderStatus::Shipped => &mut self.shipped,
            OrderStatus::Cancelled => &mut self.cancelled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::example::{added, cancelled, created, item, paid, submitted};

    #[test]
    fn revenue_is_of_all_but_the_cancelled() {
        let mut counts = Counts::default();
        for event in [created(), submitted(), paid(None), created(), created()] {
            counts.take(&event);
        }
        counts.take(&cancelled(OrderStatus::Draft, None));
        counts.take(&added(item("Mouse", 500, 2), 2, 100_990));
        let revenue = Cents::new(99_990 * 2 + 1_000);
        assert_eq!(counts, Counts { draft: 1, paid: 1, cancelled: 1, revenue, ..Counts::default() });
    }
}
