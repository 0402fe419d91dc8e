//! A shop that runs in this process, on any store, with a clock that a test sets.

use std::{sync::Arc, time::Duration};

use diptych::{App, Command, CommandError, CommandOptions, MasterKey, Part, Query, Receipt, Start};
use diptych_testkit::{
    FakeClock,
    deadline::DEADLINE,
    postgres::{self, Schemas},
};
use shop::{
    accounts::{RegisterUser, UserId},
    money::{Cents, Price},
    orders::{AddItem, CreateOrder, Item, OrderId, Quantity},
};

/// Where a shop keeps things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    Memory,
    Sqlite,
    Postgres,
}

impl Store {
    /// Whether it can be tested on.
    pub(crate) fn is_there(self) -> bool {
        self != Self::Postgres || postgres::is_there()
    }
}

/// Makes each function a test on every store.
macro_rules! on_every_store {
    ($($fact:ident),+ $(,)?) => {
        mod memory { $(#[test] fn $fact() { $crate::running::on($crate::running::Store::Memory, super::$fact) })+ }
        mod sqlite { $(#[test] fn $fact() { $crate::running::on($crate::running::Store::Sqlite, super::$fact) })+ }
        mod postgres { $(#[test] fn $fact() { $crate::running::on($crate::running::Store::Postgres, super::$fact) })+ }
    };
}

pub(crate) use on_every_store;

/// Runs a test with a shop of its own, where the store is there.
pub(crate) fn on<T: Future<Output = ()>>(store: Store, fact: impl FnOnce(Shop) -> T) {
    if store.is_there() {
        diptych_testkit::deadline::run(async { fact(Shop::open(store).await).await });
    }
}

pub(crate) struct Shop {
    pub(crate) node: diptych::Node,
    pub(crate) clock: FakeClock,
    _kept: Kept,
}

/// What goes with the shop.
pub(crate) enum Kept {
    Nothing,
    Folder(#[allow(dead_code, reason = "held until it is dropped")] tempfile::TempDir),
    Schemas(#[allow(dead_code, reason = "held until it is dropped")] Schemas),
}

impl Shop {
    pub(crate) async fn open(store: Store) -> Self {
        Self::open_with(store, |app| app).await
    }

    /// With something registered beside what a shop has.
    pub(crate) async fn open_with(store: Store, more: impl FnOnce(App) -> App) -> Self {
        let (url, kept) = match store {
            Store::Memory => ("memory:".to_owned(), Kept::Nothing),
            Store::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                (format!("sqlite:{}", folder.path().join("shop").display()), Kept::Folder(folder))
            }
            Store::Postgres => {
                let schemas = Schemas::fresh();
                (schemas.url(), Kept::Schemas(schemas))
            }
        };
        let clock = FakeClock::default();
        let app = App::open(&url).unwrap().clock(Arc::new(clock.clone()));
        let app = more(shop::register(app.master_key(MasterKey::from_bytes([7; 32]))));
        Self { node: app.start().await.unwrap(), clock, _kept: kept }
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
