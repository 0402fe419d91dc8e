//! Cancel an order, as long as it is not paid.

use diptych::{Command, Rejection};

use super::{Order, OrderEvent, OrderId, OrderStatus};

/// Cancel an order.
#[derive(Command, Clone, Debug)]
#[command(on = Order, id = order_id, no_serde)]
pub struct CancelOrder {
    /// Which.
    pub order_id: OrderId,
    /// Why.
    pub reason: Option<String>,
}

/// Why an order is not cancelled.
#[derive(Rejection)]
pub enum CancelOrderRejection {
    /// There is no such order.
    #[reject(not_found)]
    OrderNotFound,
    /// It is paid or shipped, or was called off before.
    #[reject(rule, "the order is {status}, and only drafts and submitted orders are cancelled")]
    NotCancellable {
        /// How far it has come.
        status: OrderStatus,
    },
}

impl CancelOrder {
    fn decide(&self, order: &Order) -> Result<OrderEvent, CancelOrderRejection> {
        let order = order.created().ok_or(CancelOrderRejection::OrderNotFound)?;
        match order.status {
            OrderStatus::Draft | OrderStatus::Submitted => Ok(OrderEvent::OrderCancelled {
                order_id: self.order_id.clone(),
                customer_id: order.customer_id.clone(),
                total_cents: order.total_cents,
                status_before: order.status,
                reason: self.reason.clone(),
            }),
            status @ (OrderStatus::Paid | OrderStatus::Shipped | OrderStatus::Cancelled) => {
                Err(CancelOrderRejection::NotCancellable { status })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::orders::example::{cancelled, created, order_id, paid, shipped, submitted};

    fn cancel() -> CancelOrder {
        CancelOrder { order_id: order_id(), reason: Some("too late".into()) }
    }

    #[test]
    fn a_draft_and_a_submitted_order_are_cancelled_and_the_fact_says_from_where() {
        given([created()]).when(cancel()).then([cancelled(OrderStatus::Draft, Some("too late"))]);
        given([created(), submitted()])
            .when(cancel())
            .then([cancelled(OrderStatus::Submitted, Some("too late"))]);
    }

    #[test]
    fn what_is_paid_shipped_or_cancelled_stays_as_it_is() {
        let paid = vec![created(), submitted(), paid(None)];
        let shipped = [paid.clone(), vec![shipped()]].concat();
        let cancelled = vec![created(), cancelled(OrderStatus::Draft, None)];
        for (history, status) in
            [(paid, OrderStatus::Paid), (shipped, OrderStatus::Shipped), (cancelled, OrderStatus::Cancelled)]
        {
            given(history).when(cancel()).then_rejected(CancelOrderRejection::NotCancellable { status });
        }
    }

    #[test]
    fn an_order_that_was_never_created_is_not_found() {
        given_nothing().when(cancel()).then_rejected(CancelOrderRejection::OrderNotFound);
    }
}
