//! Many clients at the same orders: never two winners, and the read models equal the fold.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::{Value, json};

use crate::shop::{Shop, Store, fresh, line, on_every_store, run};

on_every_store![of_orders_with_one_id_at_once_one_is_created, one_draft_takes_the_items_of_many_at_once];

const CLIENTS: usize = 64;
const ORDERS: usize = 6;

/// What one client got for one command.
struct Outcome {
    order: usize,
    what: &'static str,
    status: u16,
    position: Option<u64>,
}

/// Does the commands in an order of its own; one that loses races (503) comes again.
async fn client(shop: &Shop, orders: &[String], number: usize) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for step in 0..orders.len() * 4 {
        let order = (step + number) % orders.len();
        let what = ["submit", "pay", "cancel", "ship"][(step / orders.len() + number) % 4];
        let body = if what == "ship" { json!({ "trackingNumber": "T" }) } else { json!({}) };
        let path = format!("/api/orders/{}/{what}", orders[order]);
        let answer = loop {
            let answer = shop.post(&path, body.clone()).await;
            if answer.status != 503 {
                break answer;
            }
            assert!(answer.header("retry-after").is_some());
        };
        let position = match answer.status {
            202 => Some(answer.receipt("orderId").position),
            _ => {
                answer.problem(409);
                None
            }
        };
        outcomes.push(Outcome { order, what, status: answer.status, position });
    }
    outcomes
}

/// On shops of their own, whose dashboards hold nothing else.
#[test]
fn sixty_four_clients_at_the_same_orders_have_one_winner_each() {
    for store in Store::all() {
        have_one_winner_each(store);
    }
}

fn have_one_winner_each(store: Store) {
    run(async {
        let shop = Shop::serve(&store.fresh()).await;
        let customer = shop.user().await;
        let ids: Vec<_> = (0..ORDERS).map(|_| fresh("ORD")).collect();
        for id in &ids {
            let body = json!({ "orderId": id, "customerId": customer, "items": [line()] });
            shop.post("/api/orders", body).await.receipt("orderId");
        }
        let outcomes = join_all((0..CLIENTS).map(|number| client(&shop, &ids, number))).await;
        let outcomes: Vec<_> = outcomes.into_iter().flatten().collect();
        let head = outcomes.iter().filter_map(|outcome| outcome.position).max().unwrap();
        let mut counts = BTreeMap::new();
        for (order, id) in ids.iter().enumerate() {
            let won = wins(&outcomes, order);
            let view = shop.seen(&format!("/api/orders/{id}"), head).await;
            agrees(&view, &won);
            *counts.entry(view["status"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        let dashboard = shop.seen("/api/stats/dashboard", head).await;
        assert_eq!(dashboard["totalOrders"], ORDERS);
        for status in ["draft", "submitted", "paid", "shipped", "cancelled"] {
            let expected = counts.get(status).copied().unwrap_or(0);
            assert_eq!(dashboard[format!("{status}Orders")], expected, "{status}");
        }
    });
}

/// The commands that were taken, in the order of their positions: the fold.
fn wins(outcomes: &[Outcome], order: usize) -> Vec<&'static str> {
    let own = outcomes.iter().filter(|outcome| outcome.order == order && outcome.status == 202);
    let mut own: Vec<_> = own.map(|outcome| (outcome.position, outcome.what)).collect();
    own.sort_unstable();
    own.into_iter().map(|(_, what)| what).collect()
}

/// The taken commands are one life of an order, and the view is where it ends.
fn agrees(view: &Value, won: &[&str]) {
    let lives: [&[&str]; 6] = [
        &[],
        &["submit"],
        &["submit", "pay"],
        &["submit", "pay", "ship"],
        &["submit", "cancel"],
        &["cancel"],
    ];
    assert!(lives.contains(&won), "{won:?}");
    let status = match won.last() {
        None => "draft",
        Some(&"submit") => "submitted",
        Some(&"pay") => "paid",
        Some(&"ship") => "shipped",
        Some(_) => "cancelled",
    };
    assert_eq!((&view["status"], &view["version"]), (&json!(status), &json!(won.len())));
}

async fn of_orders_with_one_id_at_once_one_is_created(shop: Shop) {
    let customers = [shop.user().await, shop.user().await];
    for _ in 0..5 {
        let id = fresh("ORD");
        let calls = (0..32).map(|n| {
            let body = json!({ "orderId": id, "customerId": customers[n % 2], "items": [line()] });
            shop.post("/api/orders", body)
        });
        let answers = join_all(calls).await;
        let won: Vec<_> = answers.iter().filter(|answer| answer.status == 202).collect();
        assert_eq!(won.len(), 1);
        for loser in answers.iter().filter(|answer| answer.status != 202) {
            loser.problem(409);
        }
        let view = shop.view(&won[0].receipt("orderId")).await;
        assert_eq!((&view["itemCount"], &view["version"]), (&json!(1), &json!(0)));
    }
}

/// What is lost to others is decided again: nobody has to send twice what is no contradiction.
async fn one_draft_takes_the_items_of_many_at_once(shop: Shop) {
    let draft = shop.draft().await;
    let path = format!("{}/items", draft.own);
    let answers = join_all((0..32).map(|_| shop.post(&path, line()))).await;
    let taken: Vec<_> = answers.iter().filter(|answer| answer.status == 202).collect();
    for refused in answers.iter().filter(|answer| answer.status != 202) {
        refused.problem(503);
    }
    assert!(taken.len() >= 16, "{} of 32", taken.len());
    let mut revisions: Vec<_> = taken.iter().map(|answer| answer.receipt("orderId").revision).collect();
    revisions.sort_unstable();
    assert!(revisions.iter().copied().eq(1..=u64::try_from(taken.len()).unwrap()), "{revisions:?}");
    let last = taken.iter().map(|answer| answer.receipt("orderId").position).max().unwrap();
    assert_eq!(shop.seen(&draft.own, last).await["itemCount"], taken.len());
}
