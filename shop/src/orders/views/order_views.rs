//! The projection of orders as they are shown: one row each, denormalised, of the order's own events alone.

use diptych::{Metadata, Result, SqlValue, Tx, projection};

use crate::{
    orders::{Item, OrderEvent, OrderId},
    rows,
};

/// One row per order.
#[projection(schema = "../../../sql/orders/order_views.sql")]
pub async fn order_views(event: &OrderEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let Change { sql, order_id, own } = Change::of(event)?;
    let mut params = vec![order_id.into(), at.recorded_at.into(), at.revision.into(), at.position.into()];
    params.extend(own);
    Ok(rows::one(tx.execute(sql, params).await?, at)?)
}

/// What an event does to the row of its order.
struct Change<'a> {
    sql: &'static str,
    /// `$1`; then come the moment, the revision and the position of the event, for every event alike.
    order_id: &'a OrderId,
    /// `$5` and on.
    own: Vec<SqlValue>,
}

impl<'a> Change<'a> {
    fn of(event: &'a OrderEvent) -> Result<Self> {
        Ok(match event {
            OrderEvent::OrderCreated {
                order_id,
                customer_id,
                customer_name,
                customer_email,
                items,
                total_cents,
            } => {
                let sql = include_str!("../../../sql/orders/order_views_create.sql");
                let count = i64::try_from(items.len())?;
                let mut own = vec![customer_id.into(), customer_name.into(), customer_email.as_ref().into()];
                own.extend([lines(items)?.into(), count.into(), (*total_cents).into()]);
                Self { sql, order_id, own }
            }
            OrderEvent::ItemAdded { order_id, item, item_count, total_cents, .. } => {
                let sql = include_str!("../../../sql/orders/order_views_add_item.sql");
                let line = serde_json::to_string(item)?;
                Self { sql, order_id, own: vec![line.into(), (*item_count).into(), (*total_cents).into()] }
            }
            OrderEvent::OrderSubmitted { order_id, .. } => {
                let sql = include_str!("../../../sql/orders/order_views_submit.sql");
                Self { sql, order_id, own: Vec::new() }
            }
            OrderEvent::OrderPaid { order_id, payment_reference, .. } => {
                let sql = include_str!("../../../sql/orders/order_views_pay.sql");
                Self { sql, order_id, own: vec![payment_reference.as_deref().into()] }
            }
            OrderEvent::OrderShipped { order_id, tracking_number, .. } => {
                let sql = include_str!("../../../sql/orders/order_views_ship.sql");
                Self { sql, order_id, own: vec![tracking_number.into()] }
            }
            OrderEvent::OrderCancelled { order_id, reason, .. } => {
                let sql = include_str!("../../../sql/orders/order_views_cancel.sql");
                Self { sql, order_id, own: vec![reason.as_deref().into()] }
            }
        })
    }
}

/// The lines as the column holds them: JSON objects with commas between them.
fn lines(items: &[Item]) -> Result<String, serde_json::Error> {
    let lines: Result<Vec<_>, _> = items.iter().map(serde_json::to_string).collect();
    Ok(lines?.join(","))
}
