//! The state of one order: what its commands look at.

use diptych::{Id, State};
use serde::{Deserialize, Serialize};

use super::{Item, OrderEvent, OrderStatus};
use crate::{accounts::UserId, money::Cents};

/// Names an order.
#[derive(Id)]
pub struct OrderId(String);

/// One order, folded from its stream. It does not keep the lines, since no rule asks more of them than their number and sum.
#[derive(State, Debug, PartialEq, Eq)]
#[state(category = "order", events = OrderEvent, snapshot(every = 100))]
pub struct Order {
    created: Option<Created>,
}

/// What is known of an order that was created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// Whose it is.
    pub customer_id: UserId,
    /// How far it has come.
    pub status: OrderStatus,
    /// How many lines it has.
    pub item_count: u32,
    /// Their sum.
    pub total_cents: Cents,
}

impl Order {
    /// What is known of it; none if it was never created.
    #[must_use]
    pub const fn created(&self) -> Option<&Created> {
        self.created.as_ref()
    }

    fn evolve(&mut self, event: &OrderEvent) {
        if let OrderEvent::OrderCreated { customer_id, items, total_cents, .. } = event {
            self.created = Some(Created::new(customer_id, items, *total_cents));
        } else if let Some(order) = &mut self.created {
            order.evolve(event);
        }
    }
}

impl Created {
    fn new(customer_id: &UserId, items: &[Item], total_cents: Cents) -> Self {
        Self {
            customer_id: customer_id.clone(),
            status: OrderStatus::Draft,
            item_count: u32::try_from(items.len()).unwrap_or(u32::MAX),
            total_cents,
        }
    }

    fn evolve(&mut self, event: &OrderEvent) {
        match event {
            OrderEvent::OrderCreated { .. } => {}
            OrderEvent::ItemAdded { item_count, total_cents, .. } => {
                self.item_count = *item_count;
                self.total_cents = *total_cents;
            }
            OrderEvent::OrderSubmitted { .. } => self.status = OrderStatus::Submitted,
            OrderEvent::OrderPaid { .. } => self.status = OrderStatus::Paid,
            OrderEvent::OrderShipped { .. } => self.status = OrderStatus::Shipped,
            OrderEvent::OrderCancelled { .. } => self.status = OrderStatus::Cancelled,
        }
    }
}
