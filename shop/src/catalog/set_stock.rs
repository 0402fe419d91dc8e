//! Say how many there are of a product.
//!
//! It is addressed to the product, but recorded in the stream of its stock: counting must not move the product's version.

use diptych::{At, Command, Context, Events, Rejection, StreamId, command::States};

use super::{Product, ProductId, Stock, StockEvent};

/// Say how many there are.
#[derive(Clone, Debug)]
pub struct SetStock {
    /// Of which product.
    pub product_id: ProductId,
    /// How many.
    pub stock: u64,
}

/// Why a stock is not set.
#[derive(Rejection)]
pub enum SetStockRejection {
    /// There is no such product.
    #[reject(not_found)]
    ProductNotFound,
}

impl Command for SetStock {
    const NAME: &'static str = "SetStock";
    type Reads = (At<Product>, At<Stock>);
    type Rejection = SetStockRejection;

    fn target(&self) -> StreamId {
        StreamId::of("product", &self.product_id)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        (At::id(&self.product_id), At::id(&self.product_id))
    }

    fn decide(&self, states: &States<Self>, _: &Context) -> Result<Events, SetStockRejection> {
        let (product, counted) = states;
        let Self { product_id, stock } = self.clone();
        if !product.exists() {
            return Err(SetStockRejection::ProductNotFound);
        }
        if counted.counted() == Some(stock) {
            return Ok(Events::none());
        }
        let stream = StreamId::of("stock", &product_id);
        Ok(Events::one(stream, StockEvent::StockUpdated { product_id, stock }))
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::catalog::example::{counted, created, product};

    fn set(stock: u64) -> SetStock {
        SetStock { product_id: product("PRD-1"), stock }
    }

    #[test]
    fn a_count_is_recorded_beside_the_product() {
        given([created("PRD-1")]).when(set(0)).then([counted("PRD-1", 0)]);
        given([created("PRD-1")]).and([counted("PRD-1", 0)]).when(set(7)).then([counted("PRD-1", 7)]);
    }

    #[test]
    fn a_count_that_says_nothing_new_is_not_recorded() {
        given([created("PRD-1")]).and([counted("PRD-1", 7)]).when(set(7)).then_nothing();
    }

    #[test]
    fn what_is_not_on_offer_is_not_found() {
        given_nothing().when(set(1)).then_rejected(SetStockRejection::ProductNotFound);
    }
}
