//! Orders: `draft → submitted → paid → shipped`, or `cancelled` from draft or submitted.
//!
//! Read [`events`] first (what can have happened to an order), then [`Order`] (what a decision looks at), then any command:
//! [`CreateOrder`], [`AddItem`], [`SubmitOrder`], [`PayOrder`], [`ShipOrder`], [`CancelOrder`]. What is asked and answered is in
//! [`views`].
//!
//! An order is one stream, `order/<id>`. Every command on it reads that stream alone, but for [`CreateOrder`], which reads
//! the [`Customer`] too: that the customer exists is decided together with the order, not looked up in a read model.

pub mod add_item;
pub mod cancel_order;
pub mod create_order;
pub mod customer;
pub mod events;
pub mod item;
pub mod order;
pub mod pay_order;
mod routes;
pub mod ship_order;
pub mod status;
pub mod submit_order;
pub mod views;

#[cfg(test)]
mod example;

pub use add_item::AddItem;
pub use cancel_order::CancelOrder;
pub use create_order::CreateOrder;
pub use customer::Customer;
pub use events::OrderEvent;
pub use item::{Item, Quantity};
pub use order::{Order, OrderId};
pub use pay_order::PayOrder;
pub use routes::routes;
pub use ship_order::ShipOrder;
pub use status::OrderStatus;
pub use submit_order::SubmitOrder;

/// The most lines that an order may have.
pub const MAX_ITEMS: u32 = 500;

/// Registers all of it.
#[must_use]
pub fn register(app: diptych::App) -> diptych::App {
    views::register(
        app.state::<Order>()
            .command::<CreateOrder>()
            .command::<AddItem>()
            .command::<SubmitOrder>()
            .command::<PayOrder>()
            .command::<ShipOrder>()
            .command::<CancelOrder>(),
    )
}
