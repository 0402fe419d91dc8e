//! One product.

use diptych::{Reader, Result, Shown, query};

use super::{ProductDocument, ProductView, product_views::product_views};
use crate::catalog::ProductId;

/// Asks for one product; none if there is no such product in the read model.
#[derive(Clone, Debug)]
pub struct GetProduct {
    /// Which.
    pub product_id: ProductId,
}

/// Reads its row.
#[query(reads = product_views)]
pub async fn get_product(query: &GetProduct, db: &Reader) -> Result<Option<Shown<ProductView>>> {
    if let Some(products) = db.documents("product_views") {
        let found = products.get(query.product_id.as_str()).await?;
        return Ok(found
            .map(|document| document.read::<ProductDocument>())
            .transpose()?
            .map(ProductDocument::shown));
    }
    let sql = include_str!("../../../sql/catalog/product_views_get.sql");
    db.row(sql, (&query.product_id,)).await?.map(|row| ProductView::of(&row)).transpose()
}
