//! Orders, newest first: all, those of a customer, those in a status, or both.

use diptych::{Listed, Part, Reader, Result, query};

use super::{OrderView, order_views::order_views};
use crate::{accounts::UserId, listing::NEWEST_FIRST, orders::OrderStatus};

/// Asks for a part of the list of orders. Whether the customer exists is not asked here.
#[derive(Clone, Debug)]
pub struct ListOrders {
    /// Only those in this status.
    pub status: Option<OrderStatus>,
    /// Only those of this customer.
    pub customer_id: Option<UserId>,
    /// Which part. Its keys are the position at which an order was created.
    pub part: Part,
}

/// Reads their rows.
#[query(reads = order_views)]
pub async fn list_orders(query: &ListOrders, db: &Reader) -> Result<Listed<OrderView>> {
    let mut wanted = NEWEST_FIRST.of("order_views");
    if let Some(customer_id) = &query.customer_id {
        wanted = wanted.with("customer_id", customer_id);
    }
    if let Some(status) = query.status {
        wanted = wanted.with("status", status);
    }
    let (rows, total) = wanted.read(db, &query.part).await?;
    let mut orders = Vec::with_capacity(rows.len());
    for row in rows {
        let shown = OrderView::of(&row, db).await?;
        orders.push((row, shown.view));
    }
    NEWEST_FIRST.listed(&query.part, orders, total)
}
