//! Products as documents: what an engine of documents keeps of one, and how each fact changes it.
//!
//! The same fold fills the documents that are searched and, where the read side keeps documents, those that are shown and
//! listed. It makes of the facts what the statements of `product_views.rs` make of them.

use diptych::{
    BoxError, Metadata, Position, ProjectionSpec, Revision, Shown, Timestamp,
    documents::{Documents, Order, Shape},
};
use serde::{Deserialize, Serialize};

use super::{ProductView, StockStatus};
use crate::{
    catalog::{CatalogEvent, ProductEvent, ProductId, ReviewEvent, StockEvent},
    mean::Mean,
    money::Cents,
};

/// The name of the read model that is searched.
pub const PRODUCT_SEARCH: &str = "product_search";

/// A product as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductDocument {
    product_id: ProductId,
    name: String,
    description: String,
    price_cents: Cents,
    category: String,
    tags: Vec<String>,
    in_stock: bool,
    rating_sum: u64,
    review_count: u64,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: Revision,
    /// The event that created it: the larger, the newer.
    created: Position,
    changed: Position,
}

/// The projection of products into documents.
#[derive(Clone, Copy, Debug)]
pub struct ProductDocuments {
    name: &'static str,
}

impl ProductDocuments {
    /// Those that are shown and listed.
    #[must_use]
    pub const fn views() -> Self {
        Self { name: "product_views" }
    }

    /// Those that are searched.
    #[must_use]
    pub const fn searched() -> Self {
        Self { name: PRODUCT_SEARCH }
    }
}

/// The order of the list: by price, and those of one price by their ids.
#[must_use]
pub fn by_price() -> Order {
    Order::ascending(&["price_cents", "product_id"])
}

impl Documents for ProductDocuments {
    type Event = CatalogEvent;
    type Document = ProductDocument;

    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new(self.name).events::<CatalogEvent>()
    }

    fn shape(&self) -> Shape {
        Shape::new()
            .text("name", 2)
            .text("description", 1)
            .keyword("product_id")
            .keyword("category")
            .integer("price_cents")
            .integer("created")
            .list(&[], by_price())
            .list(&["category"], by_price())
            .newest("created")
    }

    fn touches(&self, event: &CatalogEvent) -> Vec<String> {
        let (CatalogEvent::Product(
            ProductEvent::ProductCreated { product_id, .. } | ProductEvent::ProductUpdated { product_id, .. },
        )
        | CatalogEvent::Stock(StockEvent::StockUpdated { product_id, .. })
        | CatalogEvent::Review(ReviewEvent::ProductReviewed { product_id, .. })) = event;
        vec![product_id.to_string()]
    }

    fn apply(
        &self,
        event: &CatalogEvent,
        at: &Metadata,
        id: &str,
        document: &mut Option<ProductDocument>,
    ) -> Result<(), BoxError> {
        if let CatalogEvent::Product(event @ ProductEvent::ProductCreated { .. }) = event {
            *document = ProductDocument::created(event, at);
            return Ok(());
        }
        let product = document.as_mut().ok_or_else(|| format!("there is no product {id}"))?;
        match event {
            CatalogEvent::Product(event) => product.described(event, at),
            CatalogEvent::Stock(StockEvent::StockUpdated { stock, .. }) => product.in_stock = *stock > 0,
            CatalogEvent::Review(ReviewEvent::ProductReviewed { rating, .. }) => {
                product.rating_sum = product.rating_sum.saturating_add(u64::from(*rating));
                product.review_count = product.review_count.saturating_add(1);
            }
        }
        (product.updated_at, product.changed) = (at.recorded_at, at.position);
        Ok(())
    }
}

impl ProductDocument {
    fn created(event: &ProductEvent, at: &Metadata) -> Option<Self> {
        let ProductEvent::ProductCreated {
            product_id,
            name,
            description,
            price_cents,
            category,
            tags,
            stock,
        } = event
        else {
            return None;
        };
        Some(Self {
            product_id: product_id.clone(),
            name: name.clone(),
            description: description.clone(),
            price_cents: *price_cents,
            category: category.clone(),
            tags: tags.clone(),
            in_stock: *stock != Some(0),
            rating_sum: 0,
            review_count: 0,
            created_at: at.recorded_at,
            updated_at: at.recorded_at,
            version: at.revision,
            created: at.position,
            changed: at.position,
        })
    }

    fn described(&mut self, event: &ProductEvent, at: &Metadata) {
        self.version = at.revision;
        let ProductEvent::ProductUpdated { name, description, price_cents, category, tags, .. } = event
        else {
            return;
        };
        put(&mut self.name, name);
        put(&mut self.description, description);
        put(&mut self.price_cents, price_cents);
        put(&mut self.category, category);
        put(&mut self.tags, tags);
    }

    /// As it is shown.
    #[must_use]
    pub fn shown(self) -> Shown<ProductView> {
        let (version, changed) = (self.version, self.changed);
        let view = ProductView {
            product_id: self.product_id,
            name: self.name,
            description: self.description,
            price: self.price_cents.into(),
            category: self.category,
            tags: self.tags,
            stock_status: if self.in_stock { StockStatus::InStock } else { StockStatus::OutOfStock },
            rating: Mean { sum: self.rating_sum, count: self.review_count },
            review_count: self.review_count,
            created_at: self.created_at,
            updated_at: self.updated_at,
            version: version.get(),
        };
        Shown { view, version, changed }
    }
}

/// What is absent stays as it was.
fn put<T: Clone>(old: &mut T, new: &Option<T>) {
    if let Some(new) = new {
        old.clone_from(new);
    }
}
