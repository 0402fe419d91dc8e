//! Products by words in their names and descriptions, the best first.

use diptych::{
    Listed, Part, Reader, Result,
    documents::{Hits, NoPlace, Search},
    query,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    ProductView,
    product_document::{PRODUCT_SEARCH, ProductDocument},
};
use crate::money::Cents;

/// Asks for a part of what is found.
#[derive(Clone, Debug)]
pub struct SearchProducts {
    /// What somebody typed: any words of it, each with a letter or two wrong. Blank finds every product.
    pub text: String,
    /// Only those of this category.
    pub category: Option<String>,
    /// Only those that cost as much or more.
    pub min_price: Option<Cents>,
    /// Only those that cost as much or less.
    pub max_price: Option<Cents>,
    /// Which part. Its keys are a product's score and the position at which it was created.
    pub part: Part,
}

/// A product that was found.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundProduct {
    /// The product.
    #[serde(flatten)]
    pub product: ProductView,
    /// How well it fits: for each word 2 in the name and 1 in the description, less for each letter that is wrong.
    pub score: f64,
}

impl SearchProducts {
    /// Holds that a part begins at a place of what is found. For the rim, where keys come from a link that anyone may have made up.
    ///
    /// # Errors
    /// [`NoPlace`] where its keys are those of another list.
    pub fn check(part: &Part) -> Result<(), NoPlace> {
        let search = Search { text: String::new(), conditions: Vec::new(), part: part.clone() };
        Hits::of(&search).map(drop)
    }
}

/// Searches.
#[query(reads = "product_search")]
pub async fn search_products(query: &SearchProducts, db: &Reader) -> Result<Listed<FoundProduct>> {
    let mut search = Search { text: query.text.clone(), conditions: Vec::new(), part: query.part.clone() };
    search.conditions.extend(super::list_products::conditions(
        query.category.as_deref(),
        query.min_price,
        query.max_price,
    ));
    let products = db.documents(PRODUCT_SEARCH).ok_or("products are not kept as documents")?;
    products.search(&search).await?.try_map(|hit| {
        let score = f64::from(u32::try_from(hit.score)?) / 10.0;
        let product = hit.document.read::<ProductDocument>()?.shown().view;
        Ok(FoundProduct { product, score })
    })
}
