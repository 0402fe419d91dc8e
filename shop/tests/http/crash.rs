//! `kill -9` in the middle of concurrent commands: what was acknowledged is there once, in order.

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::JoinSet};

use crate::{
    answer::{Answer, cents},
    program::Program,
    receipt::Receipt,
    shop::{Shop, Store, fresh, line, on_kept_stores, run},
};

on_kept_stores![what_was_acknowledged_before_a_kill_is_there_once_and_in_order];

const CLIENTS: usize = 24;
const ROUNDS: usize = 5;

/// A command that was sent, with its key.
#[derive(Clone, Debug)]
struct Sent {
    key: String,
    path: String,
    body: Value,
}

impl Sent {
    fn new(path: String, body: Value) -> Self {
        Self { key: fresh("key"), path, body }
    }

    async fn send(&self, shop: &Shop) -> Option<Answer> {
        let call = shop.call("POST", &self.path).header("Idempotency-Key", &self.key).json(&self.body);
        call.try_answer().await
    }
}

/// What a client knows of one command: its receipt, once there was one.
type Known = (Sent, Option<Receipt>);

/// Sends one command after the other to orders of its own, until the shop is gone.
async fn client(shop: Shop, customer: String, answered: mpsc::UnboundedSender<()>) -> Vec<Known> {
    let mut known = Vec::new();
    for number in 0.. {
        let id = fresh("ORD");
        let body = json!({ "orderId": id, "customerId": customer, "items": [line()] });
        let mut commands = vec![Sent::new("/api/orders".to_owned(), body)];
        commands.extend((0..2).map(|_| Sent::new(format!("/api/orders/{id}/items"), line())));
        let last = ["submit", "cancel"][number % 2];
        commands.push(Sent::new(format!("/api/orders/{id}/{last}"), json!({})));
        for sent in commands {
            let Some(answer) = sent.send(&shop).await else {
                known.push((sent, None));
                return known;
            };
            known.push((sent, Some(answer.receipt("orderId"))));
            answered.send(()).unwrap();
        }
    }
    known
}

/// Lets the clients work until so many commands were answered, and kills the shop.
async fn killed_in_the_middle(program: Program, customer: &str, after: usize) -> Vec<Known> {
    let (answered, mut answers) = mpsc::unbounded_channel();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(client(program.shop.clone(), customer.to_owned(), answered.clone()));
    }
    for _ in 0..after {
        let answer = tokio::time::timeout(Duration::from_secs(20), answers.recv()).await;
        answer.expect("the shop answers no more");
    }
    program.kill();
    clients.join_all().await.into_iter().flatten().collect()
}

fn what_was_acknowledged_before_a_kill_is_there_once_and_in_order(store: Store) {
    // On a database the next program first waits for the leases of the one that was killed.
    let rounds = if store == Store::Postgres { 2 } else { ROUNDS };
    run(async {
        let store = store.fresh();
        let customer = Program::start(&store).shop.user().await;
        let mut all: Vec<(Sent, Receipt)> = Vec::new();
        for round in 0..rounds {
            let program = Program::start(&store);
            let known = killed_in_the_middle(program, &customer, 60 + 37 * round).await;
            let program = Program::start(&store);
            all.extend(settled(&program.shop, known).await);
            holds(&program.shop, &all, &customer).await;
            program.kill();
        }
    });
}

/// Asks again for what was not answered; what was is answered as it was.
async fn settled(shop: &Shop, known: Vec<Known>) -> Vec<(Sent, Receipt)> {
    let again = known.into_iter().map(|(sent, receipt)| async move {
        // An acknowledged id is never unknown, however early it is asked for.
        if let Some(receipt) = &receipt {
            let answer = shop.get(&receipt.own).await;
            assert!([200, 202].contains(&answer.status), "{}: {}", receipt.id, answer.text());
        }
        let again = sent.send(shop).await.expect("an answer").receipt("orderId");
        if let Some(receipt) = receipt {
            assert_eq!(again, receipt, "the receipt is the same after the crash");
        }
        (sent, again)
    });
    stream::iter(again).buffered(16).collect().await
}

/// Every command is there once: its revision is its place, its position its order, the view its fold.
async fn holds(shop: &Shop, all: &[(Sent, Receipt)], customer: &str) {
    let mut orders: BTreeMap<&str, Vec<(&Sent, &Receipt)>> = BTreeMap::new();
    for (sent, receipt) in all {
        orders.entry(&receipt.id).or_default().push((sent, receipt));
    }
    let head = all.iter().map(|(_, receipt)| receipt.position).max().unwrap();
    let (mut revenue, mut cancelled) = (0, 0);
    for (id, commands) in &orders {
        for (revision, pair) in (0..).zip(commands) {
            assert_eq!(pair.1.revision, revision, "{id}");
        }
        assert!(commands.windows(2).all(|pair| pair[0].1.position < pair[1].1.position));
        let view = shop.seen(&format!("/api/orders/{id}"), head).await;
        let lines = commands.iter().filter(|(sent, _)| sent.path.ends_with("items")).count() + 1;
        assert_eq!((&view["version"], &view["itemCount"]), (&json!(commands.len() - 1), &json!(lines)));
        assert_eq!(view["status"], status(commands));
        if status(commands) == "cancelled" {
            cancelled += 1;
        } else {
            revenue += i128::try_from(lines).unwrap() * 259_998;
        }
    }
    let list = shop.seen(&format!("/api/customers/{customer}/orders?limit=1"), head).await;
    assert_eq!(list["total"], orders.len());
    let answer = shop.get(&format!("/api/stats/dashboard?position={head}&wait=true")).await.is(200);
    let dashboard = answer.json();
    assert_eq!(dashboard["totalOrders"], orders.len());
    assert_eq!(dashboard["cancelledOrders"], cancelled);
    assert_eq!(cents(&answer.literal("totalRevenue")), revenue);
}

fn status(commands: &[(&Sent, &Receipt)]) -> &'static str {
    match commands.last().map(|(sent, _)| sent.path.as_str()) {
        Some(path) if path.ends_with("/submit") => "submitted",
        Some(path) if path.ends_with("/cancel") => "cancelled",
        _ => "draft",
    }
}
