//! The order that the tests of decisions tell of: ORD-1 of Ann, with a keyboard in it.

use diptych::Personal;
use diptych_testkit::{blind, given::Happened, on, sealed};

use super::{Item, OrderEvent, OrderId, OrderStatus, Quantity};
use crate::{
    accounts::{UserEvent, UserId},
    money::{Cents, Price},
};

pub(super) fn order_id() -> OrderId {
    OrderId::new("ORD-1").unwrap()
}

pub(super) fn ann() -> UserId {
    UserId::new("ann").unwrap()
}

/// A line of 999.90 in all.
pub(super) fn keyboard() -> Item {
    item("Keyboard", 9_999, 10)
}

pub(super) fn item(name: &str, cents: i64, quantity: u32) -> Item {
    let price = Price::new(Cents::new(cents)).unwrap();
    Item::new(None, Some(name.into()), price, Quantity::new(quantity).unwrap()).unwrap()
}

/// Ann has an account.
pub(super) fn ann_registered() -> Happened {
    on(
        "user/ann",
        UserEvent::UserRegistered {
            user_id: ann(),
            email: Personal::plain("ann@example.org".into()),
            email_key: blind("email", "ann@example.org"),
            display_name: Personal::plain("Ann".into()),
            avatar_url: None,
        },
    )
}

/// ORD-1 begins with these lines.
pub(super) fn created_with(items: &[Item]) -> OrderEvent {
    OrderEvent::OrderCreated {
        order_id: order_id(),
        customer_id: ann(),
        customer_name: sealed("ann", "Ann".into()),
        customer_email: Some(sealed("ann", "ann@example.org".into())),
        items: items.to_vec(),
        total_cents: Item::sum_of(items),
    }
}

pub(super) fn created() -> OrderEvent {
    created_with(&[keyboard()])
}

pub(super) fn added(item: Item, item_count: u32, total: i64) -> OrderEvent {
    let total_cents = Cents::new(total);
    OrderEvent::ItemAdded { order_id: order_id(), customer_id: ann(), item, item_count, total_cents }
}

pub(super) fn submitted() -> OrderEvent {
    let total_cents = keyboard().sum();
    OrderEvent::OrderSubmitted { order_id: order_id(), customer_id: ann(), total_cents }
}

pub(super) fn paid(reference: Option<&str>) -> OrderEvent {
    OrderEvent::OrderPaid {
        order_id: order_id(),
        customer_id: ann(),
        total_cents: keyboard().sum(),
        payment_reference: reference.map(Into::into),
    }
}

pub(super) fn shipped() -> OrderEvent {
    OrderEvent::OrderShipped {
        order_id: order_id(),
        customer_id: ann(),
        total_cents: keyboard().sum(),
        tracking_number: "TRK-1".into(),
    }
}

pub(super) fn cancelled(status_before: OrderStatus, reason: Option<&str>) -> OrderEvent {
    OrderEvent::OrderCancelled {
        order_id: order_id(),
        customer_id: ann(),
        total_cents: keyboard().sum(),
        status_before,
        reason: reason.map(Into::into),
    }
}
