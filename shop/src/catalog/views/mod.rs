//! What can be asked of the catalog, and the projection that the answers come from.
//!
//! | projection | rows | asked by |
//! |---|---|---|
//! | [`product_views()`](product_views) | a product with its stock and its rating | [`GetProduct`], [`ListProducts`] |
//! | [`PRODUCT_SEARCH`] | the same, as documents that are searched | [`SearchProducts`] |
//!
//! Where the engine that was chosen for reading keeps documents, the first is documents too.

pub mod get_product;
pub mod list_products;
pub mod product_document;
pub mod product_view;
pub mod product_views;
pub mod search_products;

pub use get_product::GetProduct;
pub use list_products::{BY_PRICE, ListProducts};
pub use product_document::{PRODUCT_SEARCH, ProductDocument, ProductDocuments};
pub use product_view::{ProductView, StockStatus};
pub use search_products::{FoundProduct, SearchProducts};

pub(super) fn register(app: diptych::App) -> diptych::App {
    app.rows_or_documents(product_views::product_views, ProductDocuments::views())
        .searched_documents(ProductDocuments::searched())
        .query(get_product::get_product)
        .query(list_products::list_products)
        .query(search_products::search_products)
}
