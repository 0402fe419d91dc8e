//! The write side, normalised: `orders` and `order_items`, changed in the transaction that records the events.
//!
//! Nothing that the shop decides reads them; they are for those who want to ask the write side in SQL, and they show that
//! rows and events stand or fall together.

use diptych::{Metadata, Result, Tx, projection};

use crate::{
    money::Cents,
    orders::{Item, OrderEvent, OrderId, OrderStatus},
    rows,
};

/// One row per order.
#[projection(inline, schema = "../../../sql/orders/orders.sql")]
pub async fn orders(event: &OrderEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let when = at.recorded_at;
    let changed = match after(event) {
        After::Created { order_id, customer_id, total } => {
            let sql = include_str!("../../../sql/orders/orders_create.sql");
            tx.execute(sql, (order_id, customer_id, total, when)).await?
        }
        After::Changed { order_id, status, total } => {
            let sql = include_str!("../../../sql/orders/orders_update.sql");
            tx.execute(sql, (order_id, status, total, when)).await?
        }
    };
    Ok(rows::one(changed, at)?)
}

/// How an order stands after an event.
enum After<'a> {
    Created { order_id: &'a OrderId, customer_id: &'a crate::accounts::UserId, total: Cents },
    Changed { order_id: &'a OrderId, status: OrderStatus, total: Cents },
}

const fn after(event: &OrderEvent) -> After<'_> {
    let (order_id, status, total) = match event {
        OrderEvent::OrderCreated { order_id, customer_id, total_cents, .. } => {
            return After::Created { order_id, customer_id, total: *total_cents };
        }
        OrderEvent::ItemAdded { order_id, total_cents, .. } => (order_id, OrderStatus::Draft, *total_cents),
        OrderEvent::OrderSubmitted { order_id, total_cents, .. } => {
            (order_id, OrderStatus::Submitted, *total_cents)
        }
        OrderEvent::OrderPaid { order_id, total_cents, .. } => (order_id, OrderStatus::Paid, *total_cents),
        OrderEvent::OrderShipped { order_id, total_cents, .. } => {
            (order_id, OrderStatus::Shipped, *total_cents)
        }
        OrderEvent::OrderCancelled { order_id, total_cents, .. } => {
            (order_id, OrderStatus::Cancelled, *total_cents)
        }
    };
    After::Changed { order_id, status, total }
}

/// One row per line of an order, counted from 1.
#[projection(inline, schema = "../../../sql/orders/order_items.sql")]
pub async fn order_items(event: &OrderEvent, tx: &mut Tx<'_>) -> Result {
    let (order_id, first, items) = match event {
        OrderEvent::OrderCreated { order_id, items, .. } => (order_id, 1, items.as_slice()),
        OrderEvent::ItemAdded { order_id, item, item_count, .. } => {
            (order_id, *item_count, std::slice::from_ref(item))
        }
        OrderEvent::OrderSubmitted { .. }
        | OrderEvent::OrderPaid { .. }
        | OrderEvent::OrderShipped { .. }
        | OrderEvent::OrderCancelled { .. } => return Ok(()),
    };
    for (line, item) in (first..).zip(items) {
        add(order_id, line, item, tx).await?;
    }
    Ok(())
}

async fn add(order_id: &OrderId, line: u32, item: &Item, tx: &mut Tx<'_>) -> Result {
    let sql = include_str!("../../../sql/orders/order_items_add.sql");
    let params = (order_id, line, item.product_id(), item.name(), item.price(), item.quantity());
    tx.execute(sql, params).await?;
    Ok(())
}
