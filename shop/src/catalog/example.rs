//! The products that the tests of decisions tell of.

use diptych::{Personal, StreamId};
use diptych_testkit::{blind, given::Happened, on};

use super::{ProductEvent, ProductId, ReviewEvent, ReviewId, StockEvent};
use crate::{
    accounts::{UserEvent, UserId},
    money::Cents,
};

pub(super) fn product(id: &str) -> ProductId {
    ProductId::new(id).unwrap()
}

pub(super) fn user(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

/// There is a user of this id.
pub(super) fn known(id: &str) -> Happened {
    let email = format!("{id}@example.org");
    let event = UserEvent::UserRegistered {
        user_id: user(id),
        email_key: blind("email", &email),
        email: Personal::plain(email),
        display_name: Personal::plain(id.to_owned()),
        avatar_url: None,
    };
    on(StreamId::of("user", &user(id)), event)
}

/// A keyboard of 99.99, of which nobody counts how many there are.
pub(super) fn created(id: &str) -> ProductEvent {
    ProductEvent::ProductCreated {
        product_id: product(id),
        name: "Keyboard".into(),
        description: "With keys.".into(),
        price_cents: Cents::new(9_999),
        category: "input".into(),
        tags: vec!["usb".into()],
        stock: None,
    }
}

pub(super) fn repriced(id: &str, cents: i64) -> ProductEvent {
    ProductEvent::ProductUpdated {
        product_id: product(id),
        name: None,
        description: None,
        price_cents: Some(Cents::new(cents)),
        category: None,
        tags: None,
    }
}

pub(super) fn counted(id: &str, stock: u64) -> Happened {
    on(StreamId::of("stock", &product(id)), StockEvent::StockUpdated { product_id: product(id), stock })
}

pub(super) fn reviewed(id: &str, who: &str, rating: u32) -> Happened {
    let (product_id, user_id) = (product(id), user(who));
    let stream = StreamId::of("review", &ReviewId::of(&product_id, &user_id));
    on(stream, ReviewEvent::ProductReviewed { product_id, user_id, rating, text: Some("Good.".into()) })
}
