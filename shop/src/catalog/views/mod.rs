//! What can be asked of the catalog, and the projection that the answers come from.
//!
//! | projection | rows | asked by |
//! |---|---|---|
//! | [`product_views()`](product_views) | a product with its stock and its rating | [`GetProduct`], [`ListProducts`] |

pub mod get_product;
pub mod list_products;
pub mod product_view;
pub mod product_views;

pub use get_product::GetProduct;
pub use list_products::{BY_PRICE, ListProducts};
pub use product_view::{ProductView, StockStatus};

pub(super) fn register(app: diptych::App) -> diptych::App {
    app.projection(product_views::product_views)
        .query(get_product::get_product)
        .query(list_products::list_products)
}
