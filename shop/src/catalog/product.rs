//! The state of one product: whether there is such a thing.

use diptych::{Id, State};

use super::ProductEvent;

/// Names a product.
#[derive(Id)]
pub struct ProductId(String);

impl ProductId {
    /// Words that stand where an id would in `/api/products/…`, so that no product is called so.
    pub const RESERVED: [&str; 1] = ["search"];

    /// Whether it is one of the words that no product is called.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        Self::RESERVED.contains(&self.as_str())
    }
}

/// One product, folded from its stream. No rule asks more of it than whether it exists.
#[derive(State, Debug, PartialEq)]
#[state(category = "product", events = ProductEvent, snapshot(every = 100))]
pub struct Product {
    exists: bool,
}

impl Product {
    /// Whether there is such a product.
    #[must_use]
    pub const fn exists(&self) -> bool {
        self.exists
    }

    fn evolve(&mut self, event: &ProductEvent) {
        match event {
            ProductEvent::ProductCreated { .. } => self.exists = true,
            ProductEvent::ProductUpdated { .. } => {}
        }
    }
}
