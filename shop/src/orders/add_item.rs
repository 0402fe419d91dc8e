//! Add a line to an order, while it is a draft.

use diptych::{Command, Rejection};

use super::{Item, MAX_ITEMS, Order, OrderEvent, OrderId, OrderStatus};

/// Add a line.
#[derive(Command, Clone, Debug)]
#[command(on = Order, id = order_id, no_serde)]
pub struct AddItem {
    /// To which order.
    pub order_id: OrderId,
    /// The line.
    pub item: Item,
}

/// Why a line is not added.
#[derive(Rejection)]
pub enum AddItemRejection {
    /// There is no such order.
    #[reject(not_found)]
    OrderNotFound,
    /// The order changes no more.
    #[reject(rule, "the order is {status}, and lines are added to drafts only")]
    NotDraft {
        /// How far it has come.
        status: OrderStatus,
    },
    /// It has as many lines as an order may have.
    #[reject(invalid = "", "an order has at most 500 lines")]
    TooManyItems,
}

impl AddItem {
    fn decide(&self, order: &Order) -> Result<OrderEvent, AddItemRejection> {
        let order = order.created().ok_or(AddItemRejection::OrderNotFound)?;
        if order.status != OrderStatus::Draft {
            return Err(AddItemRejection::NotDraft { status: order.status });
        }
        if order.item_count >= MAX_ITEMS {
            return Err(AddItemRejection::TooManyItems);
        }
        Ok(OrderEvent::ItemAdded {
            order_id: self.order_id.clone(),
            customer_id: order.customer_id.clone(),
            item: self.item.clone(),
            item_count: order.item_count.saturating_add(1),
            total_cents: order.total_cents.plus(self.item.sum()),
        })
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::orders::example::{added, created, created_with, item, keyboard, order_id, submitted};

    fn add(item: Item) -> AddItem {
        AddItem { order_id: order_id(), item }
    }

    #[test]
    fn a_line_raises_the_total_by_its_price_times_its_quantity() {
        let mouse = item("Mouse", 1_050, 2);
        given([created()]).when(add(mouse.clone())).then([added(mouse, 2, 99_990 + 2_100)]);
    }

    #[test]
    fn totals_follow_one_another() {
        let mouse = item("Mouse", 1, 1);
        given([created_with(&[]), added(mouse.clone(), 1, 1)])
            .when(add(mouse.clone()))
            .then([added(mouse, 2, 2)]);
    }

    #[test]
    fn a_submitted_order_takes_no_more_items() {
        given([created(), submitted()])
            .when(add(keyboard()))
            .then_rejected(AddItemRejection::NotDraft { status: OrderStatus::Submitted });
    }

    #[test]
    fn an_order_that_was_never_created_is_not_found() {
        given_nothing().when(add(keyboard())).then_rejected(AddItemRejection::OrderNotFound);
    }

    #[test]
    fn a_full_draft_takes_no_more_and_says_so_after_the_check_of_its_status() {
        let full = created_with(&vec![keyboard(); 500]);
        given([full.clone()]).when(add(keyboard())).then_rejected(AddItemRejection::TooManyItems);
        given([full, submitted()])
            .when(add(keyboard()))
            .then_rejected(AddItemRejection::NotDraft { status: OrderStatus::Submitted });
    }
}
