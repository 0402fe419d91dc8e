//! One product as it is shown, and how a row becomes one.

use diptych::{Result, Shown, SqlRow, Timestamp};
use diptych_http::Money;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{catalog::ProductId, mean::Mean, money::Cents};

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProductView {
    /// Which.
    pub product_id: ProductId,
    /// How it is called.
    pub name: String,
    /// What it is.
    pub description: String,
    /// What one costs.
    pub price: Money,
    /// Where it belongs.
    pub category: String,
    /// Words that it goes by.
    pub tags: Vec<String>,
    /// Whether there are any.
    pub stock_status: StockStatus,
    /// The mean of its reviews, from 1 to 5; 0 without any.
    pub rating: Mean,
    /// How many have reviewed it.
    pub review_count: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When anything last happened to it.
    pub updated_at: Timestamp,
    /// The revision of the product's last event: what a change may be guarded with. Stock and reviews do not move it.
    pub version: u64,
}

/// Whether there are any of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StockStatus {
    /// There are.
    InStock,
    /// There are none.
    OutOfStock,
}

impl ProductView {
    /// The view that a row of `product_views` holds.
    ///
    /// # Errors
    /// A row that does not fit.
    pub(super) fn of(row: &SqlRow) -> Result<Shown<Self>> {
        let review_count = row.get("review_count")?;
        let view = Self {
            product_id: row.get("product_id")?,
            name: row.get("name")?,
            description: row.get("description")?,
            price: row.get::<Cents>("price_cents")?.into(),
            category: row.get("category")?,
            tags: serde_json::from_str(&row.get::<String>("tags")?)?,
            stock_status: if row.get("in_stock")? { StockStatus::InStock } else { StockStatus::OutOfStock },
            rating: Mean { sum: row.get("rating_sum")?, count: review_count },
            review_count,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
            version: row.get("version")?,
        };
        Ok(Shown { view, version: row.get("version")?, changed: row.get("changed")? })
    }
}
