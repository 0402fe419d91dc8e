//! What can have happened to an order.
//!
//! Each fact says all that a view needs of it: whose order it is, and how things stand after it. So no projection reads the
//! rows of another, and none has to have seen the facts before.

use diptych::{Event, Personal, codec::JsonObject};

use super::{Item, OrderId, OrderStatus};
use crate::{accounts::UserId, money::Cents};

/// A fact about one order.
#[derive(Event, Debug, PartialEq)]
pub enum OrderEvent {
    /// A customer began an order, empty or not.
    ///
    /// Version 1 did not have the customer's e-mail.
    #[event(version = 2, upcast(1 = without_email))]
    OrderCreated {
        /// Which.
        order_id: OrderId,
        /// Whose.
        #[tag("customer")]
        customer_id: UserId,
        /// The customer's name as it was then.
        #[personal(subject = customer_id)]
        customer_name: Personal<String>,
        /// The customer's e-mail as it was then; none in facts of version 1.
        #[personal(subject = customer_id)]
        customer_email: Option<Personal<String>>,
        /// The lines it began with.
        items: Vec<Item>,
        /// The sum of these.
        total_cents: Cents,
    },
    /// A line was added.
    ItemAdded {
        /// Which.
        order_id: OrderId,
        /// Whose.
        customer_id: UserId,
        /// The line.
        item: Item,
        /// How many lines there are now.
        item_count: u32,
        /// The sum of them all.
        total_cents: Cents,
    },
    /// The customer was done with it.
    OrderSubmitted {
        /// Which.
        order_id: OrderId,
        /// Whose.
        customer_id: UserId,
        /// Its sum, which does not change any more.
        total_cents: Cents,
    },
    /// It was paid.
    OrderPaid {
        /// Which.
        order_id: OrderId,
        /// Whose.
        customer_id: UserId,
        /// Its sum.
        total_cents: Cents,
        /// By which payment.
        #[serde(skip_serializing_if = "Option::is_none")]
        payment_reference: Option<String>,
    },
    /// It left the house.
    OrderShipped {
        /// Which.
        order_id: OrderId,
        /// Whose.
        customer_id: UserId,
        /// Its sum.
        total_cents: Cents,
        /// Under which number it can be followed.
        tracking_number: String,
    },
    /// It was called off.
    OrderCancelled {
        /// Which.
        order_id: OrderId,
        /// Whose.
        customer_id: UserId,
        /// Its sum.
        total_cents: Cents,
        /// How far it had come.
        status_before: OrderStatus,
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// From version 1, in which nobody had asked for the e-mail.
fn without_email(data: &mut JsonObject) {
    data.insert("customerEmail".to_owned(), serde_json::Value::Null);
}
