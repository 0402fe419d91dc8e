//! The projection of products as they are shown: one row each, with its stock and the sum of its ratings.
//!
//! The row's `version` is the revision of the product's stream, so only what the shop says of it moves it; `changed` moves
//! with stock and reviews too, since the view does.

use diptych::{Metadata, Result, SqlValue, Tx, projection};

use crate::{
    catalog::{CatalogEvent, ProductEvent, ReviewEvent, StockEvent},
    rows,
};

/// One row per product.
#[projection(schema = "../../../sql/catalog/product_views.sql")]
pub async fn product_views(event: &CatalogEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let changed = match event {
        CatalogEvent::Product(event) => described(event, at, tx).await?,
        CatalogEvent::Stock(StockEvent::StockUpdated { product_id, stock }) => {
            let sql = include_str!("../../../sql/catalog/product_views_stock.sql");
            tx.execute(sql, (product_id, *stock > 0, at.recorded_at, at.position)).await?
        }
        CatalogEvent::Review(ReviewEvent::ProductReviewed { product_id, rating, .. }) => {
            let sql = include_str!("../../../sql/catalog/product_views_review.sql");
            tx.execute(sql, (product_id, *rating, at.recorded_at, at.position)).await?
        }
    };
    Ok(rows::one(changed, at)?)
}

async fn described(event: &ProductEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result<u64> {
    let (sql, own): (_, Vec<SqlValue>) = match event {
        ProductEvent::ProductCreated {
            product_id,
            name,
            description,
            price_cents,
            category,
            tags,
            stock,
        } => {
            let sql = include_str!("../../../sql/catalog/product_views_create.sql");
            let mut own = vec![product_id.into(), name.into(), description.into(), (*price_cents).into()];
            own.extend([category.into(), serde_json::to_string(tags)?.into()]);
            own.extend([product_id.as_str().as_bytes().into(), (*stock != Some(0)).into()]);
            (sql, own)
        }
        ProductEvent::ProductUpdated { product_id, name, description, price_cents, category, tags } => {
            let sql = include_str!("../../../sql/catalog/product_views_update.sql");
            let tags = tags.as_ref().map(serde_json::to_string).transpose()?;
            let mut own = vec![product_id.into(), name.as_deref().into(), description.as_deref().into()];
            own.extend([(*price_cents).into(), category.as_deref().into(), tags.into()]);
            (sql, own)
        }
    };
    let place = [at.recorded_at.into(), at.revision.into(), at.position.into()];
    Ok(tx.execute(sql, [own, place.into()].concat()).await?)
}
