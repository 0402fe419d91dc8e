//! One line of an order: what, at which price, how many.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    catalog::ProductId,
    money::{Cents, Price},
};

/// How many of one thing may be in a line: 1 to 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(u32);

/// A number that is no quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be from 1 to {}", Quantity::MAX)]
pub struct NoQuantity;

impl Quantity {
    /// The most.
    pub const MAX: u32 = 10_000;

    /// So many.
    ///
    /// # Errors
    /// [`NoQuantity`] where it is not from 1 to [`Quantity::MAX`].
    pub fn new(number: impl TryInto<u32>) -> Result<Self, NoQuantity> {
        let number = number.try_into().map_err(|_| NoQuantity)?;
        if (1..=Self::MAX).contains(&number) { Ok(Self(number)) } else { Err(NoQuantity) }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A line that names neither a thing nor a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is missing; it may be left out only where productId is given")]
pub struct NoName;

/// One line of an order, as it is stored.
///
/// A new one is made of checked parts. A stored one is read as it is: a rule that is tightened later must not make old
/// facts unreadable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<ProductId>,
    name: String,
    #[schemars(with = "i64")]
    price_cents: Cents,
    quantity: u32,
}

impl Item {
    /// A line. Where it has no name, the product's id stands for it.
    ///
    /// # Errors
    /// [`NoName`] where there is neither.
    pub fn new(
        product_id: Option<ProductId>,
        name: Option<String>,
        price: Price,
        quantity: Quantity,
    ) -> Result<Self, NoName> {
        let name = name.or_else(|| product_id.as_ref().map(ToString::to_string)).ok_or(NoName)?;
        Ok(Self { product_id, name, price_cents: price.cents(), quantity: quantity.get() })
    }

    /// The product, where it is one of the catalog.
    #[must_use]
    pub const fn product_id(&self) -> Option<&ProductId> {
        self.product_id.as_ref()
    }

    /// What it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The price of one.
    #[must_use]
    pub const fn price(&self) -> Cents {
        self.price_cents
    }

    /// How many.
    #[must_use]
    pub const fn quantity(&self) -> u32 {
        self.quantity
    }

    /// The price of them all.
    #[must_use]
    pub fn sum(&self) -> Cents {
        self.price_cents.times(self.quantity)
    }

    /// The sum of several lines.
    #[must_use]
    pub fn sum_of(items: &[Self]) -> Cents {
        items.iter().fold(Cents::ZERO, |sum, item| sum.plus(item.sum()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_from_one_to_ten_thousand() {
        assert_eq!(Quantity::new(10_000).map(Quantity::get), Ok(10_000));
        for bad in [0, -1, 10_001, i64::MAX] {
            assert_eq!(Quantity::new(bad), Err(NoQuantity));
        }
    }

    #[test]
    fn a_product_stands_for_its_name() {
        let (price, quantity) = (Price::new(Cents::new(999)).unwrap(), Quantity::new(3).unwrap());
        let product = || Some(ProductId::new("PRD-1").unwrap());
        let named = Item::new(product(), Some("Keyboard".into()), price, quantity).unwrap();
        assert_eq!((named.name(), named.sum()), ("Keyboard", Cents::new(2997)));
        assert_eq!(Item::new(product(), None, price, quantity).unwrap().name(), "PRD-1");
        assert_eq!(Item::new(None, None, price, quantity), Err(NoName));
    }
}
