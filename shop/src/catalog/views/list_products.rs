//! Products, the cheapest first: all, those of a category, those within a range of prices.

use diptych::{Listed, Part, Reader, Result, query};

use super::{ProductView, product_views::product_views};
use crate::{
    listing::{Key, Order},
    money::Cents,
};

/// By price, and those of one price by their ids.
pub const BY_PRICE: Order = Order::ascending(&[Key::Number("price_cents"), Key::Bytes("place")]);

/// Asks for a part of the list of products.
#[derive(Clone, Debug)]
pub struct ListProducts {
    /// Only those of this category.
    pub category: Option<String>,
    /// Only those that cost as much or more.
    pub min_price: Option<Cents>,
    /// Only those that cost as much or less.
    pub max_price: Option<Cents>,
    /// Which part. Its keys are a product's price and id.
    pub part: Part,
}

/// Reads their rows.
#[query(reads = product_views)]
pub async fn list_products(query: &ListProducts, db: &Reader) -> Result<Listed<ProductView>> {
    let mut wanted = BY_PRICE.of("product_views");
    if let Some(category) = &query.category {
        wanted = wanted.with("category", category);
    }
    if let Some(price) = query.min_price {
        wanted = wanted.at_least("price_cents", price);
    }
    if let Some(price) = query.max_price {
        wanted = wanted.at_most("price_cents", price);
    }
    let (rows, total) = wanted.read(db, &query.part).await?;
    let products = rows.into_iter().map(|row| ProductView::of(&row).map(|shown| (row, shown.view)));
    BY_PRICE.listed(&query.part, products.collect::<Result<_>>()?, total)
}
