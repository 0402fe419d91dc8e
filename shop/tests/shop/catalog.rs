//! Random histories of the catalog: the shop answers as the model does, its view is the fold of its log.

use diptych::{Listed, Part, Start};
use diptych_http::Money;
use proptest::{collection::vec, option, prelude::*, sample::select};
use shop::{
    catalog::{
        CreateProduct, ProductId, Rating, ReviewProduct, SetStock, UpdateProduct,
        views::{GetProduct, ListProducts, ProductView, StockStatus},
    },
    money::{Cents, Price},
};

use crate::{
    catalog_model::{self, Model, Step},
    random::{Pace, histories},
    running::{Shop, Store, user},
};

const PRODUCTS: [&str; 9] = ["A", "B", "a", "a-1", "a.1", "10", "9", "_", "search"];
const CATEGORIES: [&str; 3] = ["input", "ウ", "Input"];
const PRICES: [i64; 5] = [0, 1, 999, 1_000, 100_000_000];

fn step() -> impl Strategy<Value = Step> {
    let id = || select(&PRODUCTS[..]);
    let (cents, category) = (|| select(&PRICES[..]), || select(&CATEGORIES[..]));
    let who = prop_oneof![9 => select(vec!["ann", "bob", "cid"]), 1 => Just("nobody")];
    prop_oneof![
        5 => (id(), cents(), category(), option::of(0..3_u64))
            .prop_map(|(id, cents, category, stock)| Step::Create { id, cents, category, stock }),
        3 => (id(), option::of(cents()), option::of(category()), option::of(Just("Mouse")))
            .prop_map(|(id, cents, category, name)| Step::Change { id, cents, category, name }),
        3 => (id(), 0..3_u64).prop_map(|(id, stock)| Step::Count { id, stock }),
        4 => (id(), who, 1..=5_u32).prop_map(|(id, user, rating)| Step::Review { id, user, rating }),
        1 => (1..200_000_u64).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

#[test]
fn every_answer_in_memory_is_that_of_the_model() {
    every_answer_is_that_of_the_model(Store::Memory, 12);
}

#[test]
fn every_answer_on_sqlite_is_that_of_the_model() {
    every_answer_is_that_of_the_model(Store::Sqlite, 4);
}

#[test]
fn every_answer_on_postgres_is_that_of_the_model() {
    every_answer_is_that_of_the_model(Store::Postgres, 4);
}

fn every_answer_is_that_of_the_model(store: Store, few: u32) {
    let history = (vec(step(), 1..100), Pace::any());
    histories(store, few, history, async |shop, (steps, pace)| play(shop, steps, pace).await);
}

async fn play(shop: Shop, steps: Vec<Step>, pace: Pace) {
    let mut model = Model { users: vec!["ann", "bob", "cid"], ..Model::default() };
    for user in &model.users {
        shop.register(user).await;
    }
    pace.begin(&shop, &["product_views"]).await;
    for step in &steps {
        let now = shop.node.clock().now();
        assert_eq!(take(&shop, step).await, model.take(step, now), "the answer to {step:?}, and the model's");
    }
    pace.end(&shop, &["product_views"]).await;
    products_are_as_in(&model, &shop).await;
    lists_are_as_in(&model, &shop).await;
    shop.close().await;
}

fn product(id: &str) -> ProductId {
    ProductId::new(id).unwrap()
}

async fn take(shop: &Shop, step: &Step) -> Option<&'static str> {
    let price = |cents: i64| Price::new(Cents::new(cents)).unwrap();
    match *step {
        Step::Create { id, cents, category, stock } => {
            let creating = CreateProduct {
                product_id: product(id),
                name: "Keyboard".into(),
                description: "With keys.".into(),
                price: price(cents),
                category: category.into(),
                tags: vec!["usb".into()],
                stock,
            };
            shop.code(creating).await
        }
        Step::Change { id, cents, category, name } => {
            let changing = UpdateProduct {
                product_id: product(id),
                name: name.map(Into::into),
                description: None,
                price: cents.map(price),
                category: category.map(Into::into),
                tags: None,
            };
            shop.code(changing).await
        }
        Step::Count { id, stock } => shop.code(SetStock { product_id: product(id), stock }).await,
        Step::Review { id, user: who, rating } => {
            let (product_id, rating) = (product(id), Rating::new(rating).unwrap());
            shop.code(ReviewProduct { product_id, user_id: user(who), rating, text: None }).await
        }
        Step::Wait { seconds } => {
            shop.wait(seconds);
            None
        }
    }
}

async fn products_are_as_in(model: &Model, shop: &Shop) {
    for id in PRODUCTS {
        let shown = shop.ask(GetProduct { product_id: product(id) }).await;
        let Some(expected) = model.products.iter().find(|product| product.id == id) else {
            assert_eq!(shown, None, "{id} was never created");
            continue;
        };
        let shown = shown.unwrap();
        assert_eq!(shown.version.get(), expected.changes);
        view_is_of(&shown.view, expected);
    }
}

fn view_is_of(view: &ProductView, product: &catalog_model::Product) {
    assert_eq!((view.name.as_str(), view.category.as_str()), (product.name, product.category));
    assert_eq!((view.description.as_str(), view.tags.as_slice()), ("With keys.", &["usb".to_owned()][..]));
    assert_eq!((view.price, view.version), (Money::from(product.cents), product.changes));
    assert_eq!(view.stock_status == StockStatus::OutOfStock, product.sold_out);
    assert_eq!((view.created_at, view.updated_at), (product.created, product.updated));
    assert_eq!(usize::try_from(view.review_count), Ok(product.reviews.len()));
    let sum: f64 = product.reviews.iter().map(|(_, rating)| f64::from(*rating)).sum();
    let count = f64::from(u32::try_from(product.reviews.len()).unwrap());
    let shown = serde_json::to_value(view.rating).unwrap().as_f64().unwrap();
    assert!((shown * count - sum).abs() < 1e-9 && (count > 0.0 || shown == 0.0), "{view:?}");
}

async fn lists_are_as_in(model: &Model, shop: &Shop) {
    let categories = CATEGORIES.map(Some).into_iter().chain([None]);
    for (category, (least, most)) in
        categories.flat_map(|category| [(None, None), (Some(1), Some(999))].map(|range| (category, range)))
    {
        let expected = model.listed(category, least.unwrap_or(0), most.unwrap_or(i64::MAX));
        let page = async |start| {
            let query = ListProducts {
                category: category.map(Into::into),
                min_price: least.map(Cents::new),
                max_price: most.map(Cents::new),
                part: Part { start, limit: 2 },
            };
            shop.ask(query).await
        };
        let mut found = Vec::new();
        let mut listed = page(Start::Offset(0)).await;
        loop {
            assert_eq!(usize::try_from(listed.total), Ok(expected.len()), "{category:?}");
            found.extend(ids(&listed));
            let Some((keys, _)) = listed.items.last().filter(|_| listed.more_after) else { break };
            let next = page(Start::After(keys.clone())).await;
            let back = page(Start::Before(next.items[0].0.clone())).await;
            assert_eq!(ids(&back), ids(&listed), "the page before the next");
            listed = next;
        }
        assert_eq!(found, expected, "{category:?}");
    }
}

fn ids(listed: &Listed<ProductView>) -> Vec<String> {
    listed.items.iter().map(|(_, view)| view.product_id.to_string()).collect()
}
