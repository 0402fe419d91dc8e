//! The catalog: products, what is in stock of them, and what customers say of them.
//!
//! Read [`events`] first (what can have happened), then the states that decisions look at ([`Product`], [`Stock`],
//! [`Review`]), then any command: [`CreateProduct`], [`UpdateProduct`], [`SetStock`], [`ReviewProduct`]. What is asked and
//! answered is in [`views`].
//!
//! Streams are small, since what a caller's `version` guards is one stream: `product/<id>` holds what the shop says of a
//! product, its stock is a stream of its own, and so is each pair of a product and a user who reviewed it.

pub mod create_product;
pub mod events;
pub mod product;
pub mod review;
pub mod review_product;
mod routes;
pub mod set_stock;
pub mod stock;
pub mod update_product;
pub mod views;

#[cfg(test)]
mod example;

pub use create_product::CreateProduct;
pub use events::{CatalogEvent, ProductEvent, ReviewEvent, StockEvent};
pub use product::{Product, ProductId};
pub use review::{Rating, Review, ReviewId};
pub use review_product::ReviewProduct;
pub use routes::routes;
pub use set_stock::SetStock;
pub use stock::Stock;
pub use update_product::UpdateProduct;

/// Registers all of it.
#[must_use]
pub fn register(app: diptych::App) -> diptych::App {
    views::register(
        app.state::<Product>()
            .state::<Stock>()
            .state::<Review>()
            .command::<CreateProduct>()
            .command::<UpdateProduct>()
            .command::<SetStock>()
            .command::<ReviewProduct>(),
    )
}
