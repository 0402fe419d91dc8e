//! Create a product.

use diptych::{Command, Rejection};

use super::{Product, ProductEvent, ProductId};
use crate::money::Price;

/// Create a product.
#[derive(Command, Clone, Debug)]
#[command(on = Product, id = product_id, no_serde)]
pub struct CreateProduct {
    /// The product's id, which must be free.
    pub product_id: ProductId,
    /// How it is called.
    pub name: String,
    /// What it is.
    pub description: String,
    /// What one costs.
    pub price: Price,
    /// Where it belongs.
    pub category: String,
    /// Words that it goes by.
    pub tags: Vec<String>,
    /// How many there are; none where nobody counts them.
    pub stock: Option<u64>,
}

/// Why a product is not created.
#[derive(Rejection)]
pub enum CreateProductRejection {
    /// The id is a word that stands for something else in paths.
    #[reject(invalid = "/productId", "must not be {word}, which is a route beside it")]
    ReservedId {
        /// The word.
        word: ProductId,
    },
    /// The id is taken.
    #[reject(taken, "there is a product {product_id} already")]
    ProductExists {
        /// The id.
        product_id: ProductId,
    },
}

impl CreateProduct {
    fn decide(&self, product: &Product) -> Result<ProductEvent, CreateProductRejection> {
        let Self { product_id, name, description, price, category, tags, stock } = self.clone();
        if product_id.is_reserved() {
            return Err(CreateProductRejection::ReservedId { word: product_id });
        }
        if product.exists() {
            return Err(CreateProductRejection::ProductExists { product_id });
        }
        let price_cents = price.cents();
        Ok(ProductEvent::ProductCreated { product_id, name, description, price_cents, category, tags, stock })
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::{
        catalog::example::{created, product},
        money::Cents,
    };

    fn create(id: &str) -> CreateProduct {
        CreateProduct {
            product_id: product(id),
            name: "Keyboard".into(),
            description: "With keys.".into(),
            price: Price::new(Cents::new(9_999)).unwrap(),
            category: "input".into(),
            tags: vec!["usb".into()],
            stock: None,
        }
    }

    #[test]
    fn a_product_is_put_on_offer() {
        given_nothing().when(create("PRD-1")).then([created("PRD-1")]);
    }

    #[test]
    fn an_id_is_taken_once() {
        given([created("PRD-1")])
            .when(create("PRD-1"))
            .then_rejected(CreateProductRejection::ProductExists { product_id: product("PRD-1") });
    }

    #[test]
    fn no_product_is_called_like_a_route_beside_it() {
        given_nothing()
            .when(create("search"))
            .then_rejected(CreateProductRejection::ReservedId { word: product("search") });
    }
}
