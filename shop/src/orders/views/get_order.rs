//! One order.

use diptych::{Reader, Result, Shown, query};

use super::{OrderView, order_views::order_views};
use crate::orders::OrderId;

/// Asks for one order; none if there is no such order in the read model.
#[derive(Clone, Debug)]
pub struct GetOrder {
    /// Which.
    pub order_id: OrderId,
}

/// Reads its row.
#[query(reads = order_views)]
pub async fn get_order(query: &GetOrder, db: &Reader) -> Result<Option<Shown<OrderView>>> {
    let sql = include_str!("../../../sql/orders/order_views_get.sql");
    match db.row(sql, (&query.order_id,)).await? {
        Some(row) => OrderView::of(&row, db).await.map(Some),
        None => Ok(None),
    }
}
