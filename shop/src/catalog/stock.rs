//! The state of a product's stock: how many were counted last.

use diptych::State;

use super::{ProductId, StockEvent};

/// How many there are of one product, folded from the stream of its stock.
#[derive(State, Debug, PartialEq)]
#[state(category = "stock", events = StockEvent, id = ProductId, snapshot(every = 100))]
pub struct Stock {
    counted: Option<u64>,
}

impl Stock {
    /// How many were counted last; none if nobody counted since the product was created.
    #[must_use]
    pub const fn counted(&self) -> Option<u64> {
        self.counted
    }

    fn evolve(&mut self, event: &StockEvent) {
        match event {
            StockEvent::StockUpdated { stock, .. } => self.counted = Some(*stock),
        }
    }
}
