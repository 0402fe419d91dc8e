//! The dashboard and the daily figures, to the cent, against an independent simple model.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};

use crate::{
    answer::{Answer, cents, members},
    shop::{Shop, Store, fresh, on_own_shops, run},
};

on_own_shops![
    an_empty_shop_has_figures_of_nothing,
    figures_equal_a_simple_model_under_random_commands,
    an_average_is_rounded_half_up,
    sums_beyond_every_float_are_printed_with_every_digit,
    days_are_those_of_submitting_and_can_be_bounded,
];

/// An order as the model has it.
#[derive(Clone, Debug)]
struct Modelled {
    id: String,
    status: &'static str,
    lines: usize,
    cents: i128,
    /// The UTC day it was submitted, as its view told.
    submitted: Option<String>,
}

#[derive(Clone, Debug)]
enum Step {
    Create(Vec<Line>),
    Add(usize, Line),
    Do(usize, &'static str),
}

/// A price in cents, and a quantity.
type Line = (i128, i128);

fn body((price, quantity): Line) -> Value {
    let price: Value = serde_json::from_str(&format!("{}.{:02}", price / 100, price % 100)).unwrap();
    json!({ "name": "x", "price": price, "quantity": quantity })
}

fn line() -> impl Strategy<Value = Line> {
    (prop_oneof![0..=100_i128, 0..=100_000_000_i128], prop_oneof![1..=5_i128, 1..=10_000_i128])
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => prop::collection::vec(line(), 0..4).prop_map(Step::Create),
        2 => (any::<usize>(), line()).prop_map(|(order, line)| Step::Add(order, line)),
        6 => (any::<usize>(), prop::sample::select(vec!["submit", "pay", "ship", "cancel"]))
            .prop_map(|(order, what)| Step::Do(order, what)),
    ]
}

/// Where a command leads from a state; none where it is refused.
fn after(order: &Modelled, what: &str) -> Option<&'static str> {
    match (order.status, what) {
        ("draft", "submit") if order.lines > 0 => Some("submitted"),
        ("submitted", "pay") => Some("paid"),
        ("paid", "ship") => Some("shipped"),
        ("draft" | "submitted", "cancel") => Some("cancelled"),
        _ => None,
    }
}

fn sum(lines: &[Line]) -> i128 {
    lines.iter().map(|(price, quantity)| price * quantity).sum()
}

/// Does a step in the shop and in the model, which must agree on whether it is taken.
async fn act(shop: &Shop, customer: &str, orders: &mut Vec<Modelled>, step: Step) -> Option<u64> {
    let answer = match &step {
        Step::Create(lines) => {
            let id = fresh("ORD");
            let mut create = json!({ "orderId": id, "customerId": customer });
            if !lines.is_empty() {
                create["items"] = lines.iter().copied().map(body).collect();
            }
            let (lines, cents) = (lines.len(), sum(lines));
            orders.push(Modelled { id, status: "draft", lines, cents, submitted: None });
            return Some(shop.post("/api/orders", create).await.receipt("orderId").position);
        }
        Step::Add(..) | Step::Do(..) if orders.is_empty() => return None,
        Step::Add(order, line) => {
            let order = &orders[order % orders.len()];
            shop.post(&format!("/api/orders/{}/items", order.id), body(*line)).await
        }
        Step::Do(order, what) => {
            let order = &orders[order % orders.len()];
            let body = if *what == "ship" { json!({ "trackingNumber": "T" }) } else { json!({}) };
            shop.post(&format!("/api/orders/{}/{what}", order.id), body).await
        }
    };
    follow(shop, orders, &step, &answer).await
}

/// What the model makes of a step, and what the shop must have answered.
async fn follow(shop: &Shop, orders: &mut [Modelled], step: &Step, answer: &Answer) -> Option<u64> {
    let count = orders.len();
    let (order, next) = match step {
        Step::Create(_) => return None,
        Step::Add(order, line) => {
            let order = &mut orders[order % count];
            let next = (order.status == "draft").then_some("draft");
            if next.is_some() {
                order.lines += 1;
                order.cents += sum(&[*line]);
            }
            (order, next)
        }
        Step::Do(order, what) => {
            let order = &mut orders[order % count];
            let next = after(order, what);
            (order, next)
        }
    };
    let Some(next) = next else {
        answer.problem(409);
        return None;
    };
    let receipt = answer.receipt("orderId");
    order.status = next;
    if next == "submitted" {
        let view = shop.view(&receipt).await;
        let at: Timestamp = view["submittedAt"].as_str().unwrap().parse().unwrap();
        order.submitted = Some(at.to_zoned(TimeZone::UTC).date().to_string());
    }
    Some(receipt.position)
}

/// Holds dashboard and days against the model.
async fn agrees(shop: &Shop, orders: &[Modelled], position: u64) {
    let answer = shop.get(&format!("/api/stats/dashboard?position={position}&wait=true")).await.is(200);
    let shown = answer.json();
    for status in ["draft", "submitted", "paid", "shipped", "cancelled"] {
        let count = orders.iter().filter(|order| order.status == status).count();
        assert_eq!(shown[format!("{status}Orders")], count, "{status}");
    }
    assert_eq!(shown["totalOrders"], orders.len());
    let counted = orders.iter().filter(|order| order.status != "cancelled");
    let (number, revenue) = counted.fold((0, 0), |(number, sum), order| (number + 1, sum + order.cents));
    assert_eq!(cents(&answer.literal("totalRevenue")), revenue);
    let average = if number == 0 { 0 } else { (revenue * 2 + number) / (number * 2) };
    assert_eq!(cents(&answer.literal("averageOrderValue")), average);

    let mut days = BTreeMap::<&str, (i128, i128)>::new();
    for order in orders {
        if let Some(day) = &order.submitted {
            let figures = days.entry(day).or_default();
            *figures = (figures.0 + 1, figures.1 + order.cents);
        }
    }
    let answer = shop.get(&format!("/api/stats/daily?position={position}&wait=true")).await.is(200);
    let list: Vec<Box<serde_json::value::RawValue>> = serde_json::from_slice(&answer.body).unwrap();
    let shown: Vec<_> = list.iter().map(|day| day_of(day.get())).collect();
    let expected: Vec<_> =
        days.iter().map(|(day, figures)| ((*day).to_owned(), figures.0, figures.1)).collect();
    assert_eq!(shown, expected);
}

/// A day's date, count and revenue in cents.
fn day_of(text: &str) -> (String, i128, i128) {
    let day: Value = serde_json::from_str(text).unwrap();
    assert_eq!(members(&day), ["count", "date", "revenue"]);
    let raw: BTreeMap<&str, &serde_json::value::RawValue> = serde_json::from_str(text).unwrap();
    let count = day["count"].as_i64().unwrap().into();
    (day["date"].as_str().unwrap().to_owned(), count, cents(raw["revenue"].get()))
}

fn figures_equal_a_simple_model_under_random_commands(store: Store) {
    let cases = if store == Store::Memory { 16 } else { 6 };
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let tried = TestRunner::new(config).run(&prop::collection::vec(step(), 1..40), |steps| {
        run(async {
            let shop = Shop::serve(&store.fresh()).await;
            let customer = shop.user().await;
            let (mut orders, mut last) = (Vec::new(), 0);
            for step in steps {
                last = act(&shop, &customer, &mut orders, step).await.unwrap_or(last);
            }
            agrees(&shop, &orders, last).await;
            for order in &orders {
                shop.seen(&format!("/api/orders/{}", order.id), last).await;
                let answer = shop.get(&format!("/api/orders/{}", order.id)).await;
                let view = answer.json();
                assert_eq!(cents(&answer.literal("total")), order.cents);
                assert_eq!(
                    (&view["status"], &view["itemCount"]),
                    (&json!(order.status), &json!(order.lines))
                );
            }
        });
        Ok(())
    });
    tried.unwrap();
}

fn an_empty_shop_has_figures_of_nothing(store: Store) {
    run(async {
        let shop = Shop::serve(&store.fresh()).await;
        let expected = json!({
            "totalOrders": 0, "totalRevenue": 0, "draftOrders": 0, "submittedOrders": 0, "paidOrders": 0,
            "shippedOrders": 0, "cancelledOrders": 0, "averageOrderValue": 0,
        });
        assert_eq!(shop.get("/api/stats/dashboard").await.is(200).json(), expected);
        assert_eq!(shop.get("/api/stats/daily").await.is(200).json(), json!([]));
        let empty = json!({ "items": [], "page": 1, "limit": 20, "total": 0, "links": {} });
        assert_eq!(shop.get("/api/orders").await.is(200).json(), empty);
    });
}

fn an_average_is_rounded_half_up(store: Store) {
    run(async {
        let shop = Shop::serve(&store.fresh()).await;
        let customer = shop.user().await;
        for (price, average) in [("0.01", 1), ("0.00", 1), ("0.00", 0), ("0.07", 2), ("0.02", 2)] {
            let body = format!(
                r#"{{"customerId":"{customer}","items":[{{"name":"x","price":{price},"quantity":1}}]}}"#
            );
            let order = shop.call("POST", "/api/orders").body(body).answer().await.receipt("orderId");
            let path = format!("/api/stats/dashboard?position={}&wait=true", order.position);
            assert_eq!(
                cents(&shop.get(&path).await.is(200).literal("averageOrderValue")),
                average,
                "{price}"
            );
        }
    });
}

fn sums_beyond_every_float_are_printed_with_every_digit(store: Store) {
    run(async {
        let shop = Shop::serve(&store.fresh()).await;
        let customer = shop.user().await;
        let dear = json!({ "name": "x", "price": 1_000_000, "quantity": 10_000 });
        let mut revenue = 0;
        let mut position = 0;
        for _ in 0..25 {
            let body = json!({ "customerId": customer, "items": vec![dear.clone(); 500] });
            let order = shop.post("/api/orders", body).await.receipt("orderId");
            position = shop.tell(&order.id, "submit").await.position;
            revenue += 500 * 10_000 * 100_000_000_i128;
        }
        let odd = json!({ "name": "x", "price": 0.01, "quantity": 1 });
        let body = json!({ "customerId": customer, "items": [odd] });
        let order = shop.post("/api/orders", body).await.receipt("orderId");
        position = shop.tell(&order.id, "submit").await.position.max(position);
        revenue += 1;
        assert!(revenue > 1 << 53, "no float holds it");
        let answer = shop.get(&format!("/api/stats/dashboard?position={position}&wait=true")).await.is(200);
        assert_eq!(cents(&answer.literal("totalRevenue")), revenue);
        let answer = shop.get(&format!("/api/stats/daily?position={position}&wait=true")).await.is(200);
        let list: Vec<Box<serde_json::value::RawValue>> = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(list.iter().map(|day| day_of(day.get()).2).sum::<i128>(), revenue);
    });
}

fn days_are_those_of_submitting_and_can_be_bounded(store: Store) {
    run(async {
        let shop = Shop::serve(&store.fresh()).await;
        let order = shop.order().await;
        shop.order().await;
        shop.tell(&order.id, "submit").await;
        // Cancelled since or not.
        let position = shop.tell(&order.id, "cancel").await.position;
        let all = shop.seen("/api/stats/daily", position).await;
        assert_eq!((all.as_array().unwrap().len(), &all[0]["count"]), (1, &json!(1)));
        assert_eq!(all[0]["revenue"], json!(2599.98));
        let day: Date = all[0]["date"].as_str().unwrap().parse().unwrap();
        let (before, next) = (day.yesterday().unwrap(), day.tomorrow().unwrap());
        for (bounds, found) in [
            (format!("from={day}&to={day}"), 1),
            (format!("from={before}&to={next}"), 1),
            (format!("from={day}"), 1),
            (format!("to={day}"), 1),
            (format!("from={next}"), 0),
            (format!("to={before}"), 0),
            ("from=&to=".to_owned(), 1),
        ] {
            let list = shop.get(&format!("/api/stats/daily?{bounds}")).await.is(200).json();
            assert_eq!(list.as_array().unwrap().len(), found, "{bounds}");
        }
        for bad in ["today", "2026-13-01", "2026-02-30", "20261121", "2026-11-21T00:00:00Z", "-1", "%00"] {
            shop.get(&format!("/api/stats/daily?from={bad}")).await.invalid_parameter("from");
            shop.get(&format!("/api/stats/daily?to={bad}")).await.invalid_parameter("to");
        }
    });
}
