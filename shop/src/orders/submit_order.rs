//! Submit an order: the customer is done with it.

use diptych::{Command, Rejection};

use super::{Order, OrderEvent, OrderId, OrderStatus};

/// Submit an order.
#[derive(Command, Clone, Debug)]
#[command(on = Order, id = order_id, no_serde)]
pub struct SubmitOrder {
    /// Which.
    pub order_id: OrderId,
}

/// Why an order is not submitted.
#[derive(Rejection)]
pub enum SubmitOrderRejection {
    /// There is no such order.
    #[reject(not_found)]
    OrderNotFound,
    /// It has been submitted before, or was called off.
    #[reject(rule, "the order is {status}, and only drafts are submitted")]
    NotDraft {
        /// How far it has come.
        status: OrderStatus,
    },
    /// It has no lines.
    #[reject(rule, "an order without lines cannot be submitted")]
    EmptyOrder,
}

impl SubmitOrder {
    fn decide(&self, order: &Order) -> Result<OrderEvent, SubmitOrderRejection> {
        let order = order.created().ok_or(SubmitOrderRejection::OrderNotFound)?;
        if order.status != OrderStatus::Draft {
            return Err(SubmitOrderRejection::NotDraft { status: order.status });
        }
        if order.item_count == 0 {
            return Err(SubmitOrderRejection::EmptyOrder);
        }
        Ok(OrderEvent::OrderSubmitted {
            order_id: self.order_id.clone(),
            customer_id: order.customer_id.clone(),
            total_cents: order.total_cents,
        })
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::orders::example::{cancelled, created, created_with, order_id, submitted};

    fn submit() -> SubmitOrder {
        SubmitOrder { order_id: order_id() }
    }

    #[test]
    fn a_draft_with_lines_is_submitted_with_its_total() {
        given([created()]).when(submit()).then([submitted()]);
    }

    #[test]
    fn an_empty_draft_is_not() {
        given([created_with(&[])]).when(submit()).then_rejected(SubmitOrderRejection::EmptyOrder);
    }

    #[test]
    fn only_drafts_are() {
        given([created(), submitted()])
            .when(submit())
            .then_rejected(SubmitOrderRejection::NotDraft { status: OrderStatus::Submitted });
        given([created_with(&[]), cancelled(OrderStatus::Draft, None)])
            .when(submit())
            .then_rejected(SubmitOrderRejection::NotDraft { status: OrderStatus::Cancelled });
    }

    #[test]
    fn an_order_that_was_never_created_is_not_found() {
        given_nothing().when(submit()).then_rejected(SubmitOrderRejection::OrderNotFound);
    }
}
