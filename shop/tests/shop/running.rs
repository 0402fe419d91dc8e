//! A shop that runs in memory, with a clock that a test sets.

use std::time::Duration;

use diptych::{App, Command, CommandError, CommandOptions, Part, Query, Receipt, Start};
use diptych_testkit::{FakeClock, deadline::DEADLINE};
use shop::{
    accounts::{RegisterUser, UserId},
    money::{Cents, Price},
    orders::{AddItem, CreateOrder, Item, OrderId, Quantity},
};

pub(crate) struct Shop {
    pub(crate) node: diptych::Node,
    pub(crate) clock: FakeClock,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let clock = FakeClock::default();
        let app = App::open("memory:").unwrap().clock(std::sync::Arc::new(clock.clone()));
        Self { node: shop::register(app).start().await.unwrap(), clock }
    }

    /// Sends a command that must be taken.
    pub(crate) async fn send<C: Command>(&self, command: C) -> Receipt {
        self.node.send(command, CommandOptions::default()).await.unwrap()
    }

    /// Sends a command; answers the code of its rejection, if it is refused.
    pub(crate) async fn code<C: Command>(&self, command: C) -> Option<&'static str> {
        match self.node.send(command, CommandOptions::default()).await {
            Ok(_) => None,
            Err(CommandError::Rejected(rejected)) => Some(rejected.code),
            Err(other) => panic!("{} has failed: {other:?}", C::NAME),
        }
    }

    /// Asks once all projections have considered everything.
    pub(crate) async fn ask<Q: Query>(&self, query: Q) -> Q::Answer {
        self.node.settled(DEADLINE).await.unwrap();
        self.node.ask(query).await.unwrap()
    }

    /// All values of a statement on the tables of the write side, as one text.
    pub(crate) async fn write_side(&self, sql: &str) -> Vec<String> {
        let reader = self.node.store().inline_reader().await.unwrap();
        let rows = reader.query(sql, Vec::new()).await.unwrap();
        rows.iter().map(|row| row.get("line").unwrap()).collect()
    }

    pub(crate) async fn register(&self, id: &str) -> Receipt {
        self.send(registering(id, &format!("{id}@example.org"))).await
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) async fn close(self) {
        self.node.shut_down().await.unwrap();
    }
}

pub(crate) fn registering(id: &str, email: &str) -> RegisterUser {
    let (user_id, email) = (user(id), email.parse().unwrap());
    RegisterUser { user_id, email, display_name: None, avatar_url: None }
}

pub(crate) fn user(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

pub(crate) fn order(id: &str) -> OrderId {
    OrderId::new(id).unwrap()
}

pub(crate) fn item(name: &str, cents: i64, quantity: u32) -> Item {
    let price = Price::new(Cents::new(cents)).unwrap();
    Item::new(None, Some(name.to_owned()), price, Quantity::new(quantity).unwrap()).unwrap()
}

pub(crate) fn creating(id: &str, customer: &str, items: Vec<Item>) -> CreateOrder {
    CreateOrder { order_id: order(id), customer_id: user(customer), items }
}

pub(crate) fn adding(id: &str, item: Item) -> AddItem {
    AddItem { order_id: order(id), item }
}

pub(crate) fn first(limit: u32) -> Part {
    Part { start: Start::Offset(0), limit }
}
