//! What can have happened to a product, to its stock, and between it and a user.
//!
//! Facts of streams beside the product's own are tagged with it, so that they are known to change its view.

use diptych::Event;

use super::ProductId;
use crate::{accounts::UserId, money::Cents};

/// A fact about one product, as the shop describes it.
#[derive(Event, Debug, PartialEq)]
pub enum ProductEvent {
    /// The shop has it on offer.
    ProductCreated {
        /// Which.
        product_id: ProductId,
        /// How it is called.
        name: String,
        /// What it is.
        description: String,
        /// What one costs.
        price_cents: Cents,
        /// Where it belongs.
        category: String,
        /// Words that it goes by.
        tags: Vec<String>,
        /// How many there are; absent where nobody counts them, and then there are some.
        #[serde(skip_serializing_if = "Option::is_none")]
        stock: Option<u64>,
    },
    /// The shop describes it otherwise; what is absent stays as it was.
    ProductUpdated {
        /// Which.
        product_id: ProductId,
        /// How it is called now.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// What it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// What one costs now.
        #[serde(skip_serializing_if = "Option::is_none")]
        price_cents: Option<Cents>,
        /// Where it belongs now.
        #[serde(skip_serializing_if = "Option::is_none")]
        category: Option<String>,
        /// Words that it goes by now.
        #[serde(skip_serializing_if = "Option::is_none")]
        tags: Option<Vec<String>>,
    },
}

/// A fact about how many there are of a product.
#[derive(Event, Debug, PartialEq)]
pub enum StockEvent {
    /// They were counted.
    StockUpdated {
        /// Of which product.
        #[tag("product")]
        product_id: ProductId,
        /// How many there are.
        stock: u64,
    },
}

/// A fact about one product and one user.
#[derive(Event, Debug, PartialEq)]
pub enum ReviewEvent {
    /// They said what they think of it.
    ProductReviewed {
        /// Which product.
        #[tag("product")]
        product_id: ProductId,
        /// Who.
        user_id: UserId,
        /// How good it is, from 1 to 5.
        rating: u32,
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
}

/// Every fact of the catalog: what the view of a product is made of.
#[derive(Event, Debug, PartialEq)]
pub enum CatalogEvent {
    /// About a product.
    #[event(nested)]
    Product(ProductEvent),
    /// About its stock.
    #[event(nested)]
    Stock(StockEvent),
    /// About a product and a user.
    #[event(nested)]
    Review(ReviewEvent),
}
