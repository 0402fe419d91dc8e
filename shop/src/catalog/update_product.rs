//! Describe a product otherwise. That the caller knows its present version is held by the bus.

use diptych::{At, Command, Context, Events, Rejection, StreamId, command::States};

use super::{Product, ProductEvent, ProductId};
use crate::money::Price;

/// Describe a product otherwise; what is none stays as it is.
#[derive(Clone, Debug)]
pub struct UpdateProduct {
    /// Which.
    pub product_id: ProductId,
    /// How it is called now.
    pub name: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// What one costs now.
    pub price: Option<Price>,
    /// Where it belongs now.
    pub category: Option<String>,
    /// Words that it goes by now.
    pub tags: Option<Vec<String>>,
}

/// Why a product is not described otherwise.
#[derive(Rejection)]
pub enum UpdateProductRejection {
    /// There is no such product.
    #[reject(not_found)]
    ProductNotFound,
}

impl UpdateProduct {
    const fn changes_nothing(&self) -> bool {
        let Self { product_id: _, name, description, price, category, tags } = self;
        name.is_none() && description.is_none() && price.is_none() && category.is_none() && tags.is_none()
    }
}

impl Command for UpdateProduct {
    const NAME: &'static str = "UpdateProduct";
    type Reads = At<Product>;
    type Rejection = UpdateProductRejection;

    fn target(&self) -> StreamId {
        StreamId::of("product", &self.product_id)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        At::id(&self.product_id)
    }

    fn decide(&self, product: &States<Self>, _: &Context) -> Result<Events, UpdateProductRejection> {
        if !product.exists() {
            return Err(UpdateProductRejection::ProductNotFound);
        }
        if self.changes_nothing() {
            return Ok(Events::none());
        }
        let Self { product_id, name, description, price, category, tags } = self.clone();
        let price_cents = price.map(Price::cents);
        let event =
            ProductEvent::ProductUpdated { product_id, name, description, price_cents, category, tags };
        Ok(Events::one(self.target(), event))
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::{
        catalog::example::{created, product, repriced},
        money::Cents,
    };

    fn nothing() -> UpdateProduct {
        UpdateProduct {
            product_id: product("PRD-1"),
            name: None,
            description: None,
            price: None,
            category: None,
            tags: None,
        }
    }

    #[test]
    fn what_is_changed_is_recorded_and_nothing_else() {
        let reprice = UpdateProduct { price: Some(Price::new(Cents::new(5)).unwrap()), ..nothing() };
        given([created("PRD-1")]).when(reprice).then([repriced("PRD-1", 5)]);
    }

    #[test]
    fn nothing_to_change_changes_nothing() {
        given([created("PRD-1")]).when(nothing()).then_nothing();
    }

    #[test]
    fn what_is_not_on_offer_is_not_found() {
        given_nothing().when(nothing()).then_rejected(UpdateProductRejection::ProductNotFound);
    }
}
