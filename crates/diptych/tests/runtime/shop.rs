//! A small world for these tests: accounts that money is moved between, products with a stock, orders of products.

use diptych::{App, Event, Id, Node, Rejection, State, Stores};

#[derive(Id)]
pub(crate) struct AccountId(String);

#[derive(Id)]
pub(crate) struct ProductId(String);

#[derive(Id)]
pub(crate) struct OrderId(String);

#[derive(Event)]
pub(crate) enum AccountEvent {
    Deposited { cents: i64 },
    Withdrawn { cents: i64 },
}

#[derive(State)]
#[state(category = "account", events = AccountEvent, snapshot(every = 10))]
pub(crate) struct Account {
    pub(crate) cents: i64,
}

impl Account {
    fn evolve(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Deposited { cents } => self.cents = self.cents.saturating_add(*cents),
            AccountEvent::Withdrawn { cents } => self.cents = self.cents.saturating_sub(*cents),
        }
    }
}

#[derive(Event)]
pub(crate) enum ProductEvent {
    Stocked { pieces: u32 },
    Reserved { pieces: u32 },
}

#[derive(State)]
#[state(category = "product", events = ProductEvent)]
pub(crate) struct Product {
    pub(crate) pieces: u32,
}

impl Product {
    fn evolve(&mut self, event: &ProductEvent) {
        match event {
            ProductEvent::Stocked { pieces } => self.pieces = self.pieces.saturating_add(*pieces),
            ProductEvent::Reserved { pieces } => self.pieces = self.pieces.saturating_sub(*pieces),
        }
    }
}

#[derive(Event)]
pub(crate) enum OrderEvent {
    Drafted { products: Vec<ProductId> },
    Submitted,
}

#[derive(State)]
#[state(category = "order", events = OrderEvent)]
pub(crate) struct Order {
    pub(crate) products: Vec<ProductId>,
    pub(crate) submitted: bool,
}

impl Order {
    fn evolve(&mut self, event: &OrderEvent) {
        match event {
            OrderEvent::Drafted { products } => self.products.clone_from(products),
            OrderEvent::Submitted => self.submitted = true,
        }
    }
}

#[derive(Rejection)]
pub(crate) enum ShopRejection {
    #[reject(rule, "only {left} cents are left")]
    TooLittle { left: i64 },
    #[reject(rule, "{product_id} is out of stock")]
    OutOfStock { product_id: ProductId },
    #[reject(rule)]
    SubmittedAlready,
}

/// Starts an application on everything in memory.
pub(crate) async fn started(register: impl FnOnce(App) -> App) -> Node {
    register(App::with(Stores::memory(None).unwrap())).start().await.unwrap()
}

pub(crate) fn id<I: diptych::Identifier>(text: &str) -> I {
    text.parse().unwrap()
}
