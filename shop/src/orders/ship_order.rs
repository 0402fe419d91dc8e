//! Ship an order that was paid.

use diptych::{Command, Rejection};

use super::{Order, OrderEvent, OrderId, OrderStatus};

/// Ship an order.
#[derive(Command, Clone, Debug)]
#[command(on = Order, id = order_id, no_serde)]
pub struct ShipOrder {
    /// Which.
    pub order_id: OrderId,
    /// Under which number it can be followed.
    pub tracking_number: String,
}

/// Why an order is not shipped.
#[derive(Rejection)]
pub enum ShipOrderRejection {
    /// There is no such order.
    #[reject(not_found)]
    OrderNotFound,
    /// It has not been paid yet, has been shipped before, or was called off.
    #[reject(rule, "the order is {status}, and only paid ones are shipped")]
    NotPaid {
        /// How far it has come.
        status: OrderStatus,
    },
}

impl ShipOrder {
    fn decide(&self, order: &Order) -> Result<OrderEvent, ShipOrderRejection> {
        let order = order.created().ok_or(ShipOrderRejection::OrderNotFound)?;
        if order.status != OrderStatus::Paid {
            return Err(ShipOrderRejection::NotPaid { status: order.status });
        }
        Ok(OrderEvent::OrderShipped {
            order_id: self.order_id.clone(),
            customer_id: order.customer_id.clone(),
            total_cents: order.total_cents,
            tracking_number: self.tracking_number.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::orders::example::{created, order_id, paid, shipped, submitted};

    fn ship() -> ShipOrder {
        ShipOrder { order_id: order_id(), tracking_number: "TRK-1".into() }
    }

    #[test]
    fn a_paid_order_is_shipped() {
        given([created(), submitted(), paid(None)]).when(ship()).then([shipped()]);
    }

    #[test]
    fn an_order_that_is_not_paid_is_not() {
        given([created(), submitted()])
            .when(ship())
            .then_rejected(ShipOrderRejection::NotPaid { status: OrderStatus::Submitted });
    }

    #[test]
    fn an_order_is_not_shipped_twice() {
        given([created(), submitted(), paid(None), shipped()])
            .when(ship())
            .then_rejected(ShipOrderRejection::NotPaid { status: OrderStatus::Shipped });
    }

    #[test]
    fn an_order_that_was_never_created_is_not_found() {
        given_nothing().when(ship()).then_rejected(ShipOrderRejection::OrderNotFound);
    }
}
