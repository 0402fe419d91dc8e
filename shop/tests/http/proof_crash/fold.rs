//! The views, held against a fold of the log that is written here once more.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::log::{Log, Logged};
use crate::{answer::cents, shop::Shop};

/// What every line costs, in cents.
const LINE: i128 = 259_998;

/// An order as its events say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) status: &'static str,
    pub(super) lines: usize,
    revision: u64,
    submitted: bool,
}

/// Every order of these events.
pub(super) fn of(events: &[Logged]) -> BTreeMap<String, Order> {
    let mut orders: BTreeMap<String, Order> = BTreeMap::new();
    for event in events.iter().filter(|event| event.category == "order") {
        let order = orders.entry(event.id.clone()).or_default();
        order.revision = event.revision;
        match event.kind.as_str() {
            "OrderCreated" => {
                order.status = "draft";
                order.lines = event.data["items"].as_array().unwrap().len();
            }
            "ItemAdded" => order.lines += 1,
            "OrderSubmitted" => (order.status, order.submitted) = ("submitted", true),
            "OrderCancelled" => order.status = "cancelled",
            other => panic!("no writer does {other}"),
        }
    }
    orders
}

/// The views of the orders that were made since this event, and the figures of all, are what the log folds to.
pub(super) async fn views_are_of(shop: &Shop, log: &Log, since: usize) {
    let made = log.since(since).iter().filter(|event| event.kind == "OrderCreated").count();
    let orders = of(log.all());
    let mut path = format!("/api/orders?limit=100&position={}&wait=true&timeoutMs=30000", log.head());
    let mut seen = 0;
    while seen < made {
        let page = shop.get(&path).await.is(200).json();
        assert_eq!(page["total"], orders.len());
        for view in page["items"].as_array().unwrap() {
            is_of(view, &orders[view["orderId"].as_str().unwrap()]);
            seen += 1;
        }
        match page["links"]["next"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert!(seen >= made, "{seen} of {made} orders are listed");
    figures_are_of(shop, &orders, log.head()).await;
}

fn is_of(view: &Value, order: &Order) {
    let shown = (&view["status"], &view["itemCount"], &view["version"]);
    assert_eq!(shown, (&json!(order.status), &json!(order.lines), &json!(order.revision)), "{view}");
    assert_eq!(view["items"].as_array().unwrap().len(), order.lines);
}

async fn figures_are_of(shop: &Shop, orders: &BTreeMap<String, Order>, head: u64) {
    let of_status = |status| orders.values().filter(move |order| order.status == status);
    let answer = shop.get(&format!("/api/stats/dashboard?position={head}&wait=true")).await.is(200);
    let figures = answer.json();
    assert_eq!(figures["totalOrders"], orders.len());
    for (member, status) in
        [("draftOrders", "draft"), ("submittedOrders", "submitted"), ("cancelledOrders", "cancelled")]
    {
        assert_eq!(figures[member], of_status(status).count(), "{member}");
    }
    let standing = orders.values().filter(|order| order.status != "cancelled").map(|order| order.lines);
    let revenue = i128::try_from(standing.sum::<usize>()).unwrap() * LINE;
    assert_eq!(cents(&answer.literal("totalRevenue")), revenue);
    let days = shop.get(&format!("/api/stats/daily?position={head}&wait=true")).await.is(200).json();
    let submitted: u64 = days.as_array().unwrap().iter().map(|day| day["count"].as_u64().unwrap()).sum();
    assert_eq!(submitted, u64::try_from(orders.values().filter(|order| order.submitted).count()).unwrap());
}
