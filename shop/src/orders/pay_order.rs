//! Pay an order that was submitted.

use diptych::{Command, Rejection};

use super::{Order, OrderEvent, OrderId, OrderStatus};

/// Pay an order.
#[derive(Command, Clone, Debug)]
#[command(on = Order, id = order_id, no_serde)]
pub struct PayOrder {
    /// Which.
    pub order_id: OrderId,
    /// By which payment.
    pub payment_reference: Option<String>,
}

/// Why an order is not paid.
#[derive(Rejection)]
pub enum PayOrderRejection {
    /// There is no such order.
    #[reject(not_found)]
    OrderNotFound,
    /// It has not been submitted yet, has been paid before, or was called off.
    #[reject(rule, "the order is {status}, and only submitted ones are paid")]
    NotSubmitted {
        /// How far it has come.
        status: OrderStatus,
    },
}

impl PayOrder {
    fn decide(&self, order: &Order) -> Result<OrderEvent, PayOrderRejection> {
        let order = order.created().ok_or(PayOrderRejection::OrderNotFound)?;
        if order.status != OrderStatus::Submitted {
            return Err(PayOrderRejection::NotSubmitted { status: order.status });
        }
        Ok(OrderEvent::OrderPaid {
            order_id: self.order_id.clone(),
            customer_id: order.customer_id.clone(),
            total_cents: order.total_cents,
            payment_reference: self.payment_reference.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::orders::example::{created, order_id, paid, submitted};

    fn pay() -> PayOrder {
        PayOrder { order_id: order_id(), payment_reference: Some("PAY-1".into()) }
    }

    #[test]
    fn a_submitted_order_is_paid() {
        given([created(), submitted()]).when(pay()).then([paid(Some("PAY-1"))]);
    }

    #[test]
    fn a_draft_is_not() {
        given([created()])
            .when(pay())
            .then_rejected(PayOrderRejection::NotSubmitted { status: OrderStatus::Draft });
    }

    #[test]
    fn an_order_is_not_paid_twice() {
        given([created(), submitted(), paid(None)])
            .when(pay())
            .then_rejected(PayOrderRejection::NotSubmitted { status: OrderStatus::Paid });
    }

    #[test]
    fn an_order_that_was_never_created_is_not_found() {
        given_nothing().when(pay()).then_rejected(PayOrderRejection::OrderNotFound);
    }
}
