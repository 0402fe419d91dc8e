//! Products, the cheapest first: all, those of a category, those within a range of prices.

use diptych::{
    Listed, Part, Reader, Result,
    documents::{Condition, Find, Scalar},
    query,
};

use super::{ProductDocument, ProductView, product_document::by_price, product_views::product_views};
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

/// What holds of those that are asked for.
pub(super) fn conditions(
    category: Option<&str>,
    min_price: Option<Cents>,
    max_price: Option<Cents>,
) -> Vec<Condition> {
    let price = |cents: Cents| Scalar::from(cents.get());
    let all = [
        category.map(|category| Condition::is("category", category)),
        min_price.map(|least| Condition::AtLeast("price_cents".into(), price(least))),
        max_price.map(|most| Condition::AtMost("price_cents".into(), price(most))),
    ];
    all.into_iter().flatten().collect()
}

/// Reads their rows.
#[query(reads = product_views)]
pub async fn list_products(query: &ListProducts, db: &Reader) -> Result<Listed<ProductView>> {
    if let Some(products) = db.documents("product_views") {
        let conditions = conditions(query.category.as_deref(), query.min_price, query.max_price);
        let find = Find { conditions, order: by_price(), part: query.part.clone() };
        let listed = products.find(&find).await?;
        return listed.try_map(|document| Ok(document.read::<ProductDocument>()?.shown().view));
    }
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
