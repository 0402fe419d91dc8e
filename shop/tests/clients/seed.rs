//! `shop seed` fills a store, and what it says and what the read models say is the fold of the log.

use std::{collections::BTreeMap, process::Stdio};

use diptych_client::Client;
use diptych_testkit::deadline::within;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use crate::{
    program::{Program, output, shop, text},
    restart::folder,
};

/// What the log says of one order.
#[derive(Default)]
struct Folded {
    status: String,
    cents: i64,
}

/// The fold of all orders, and by day what was submitted: how many, and cents.
#[derive(Default)]
struct Fold {
    orders: BTreeMap<String, Folded>,
    days: BTreeMap<String, (u64, i64)>,
}

impl Fold {
    async fn of(client: &Client) -> Self {
        let (mut fold, mut from) = (Self::default(), 0);
        loop {
            let page = client.get::<Value>(&format!("/api/admin/events?from={from}&limit=1000")).await;
            let page = page.unwrap().value;
            let Some(last) = page["items"].as_array().unwrap().last() else { return fold };
            page["items"].as_array().unwrap().iter().for_each(|event| fold.take(event));
            from = last["position"].as_u64().unwrap() + 1;
        }
    }

    fn take(&mut self, event: &Value) {
        let (kind, data) = (event["type"].as_str().unwrap(), &event["data"]);
        let Some(id) = data["orderId"].as_str() else { return };
        let order = self.orders.entry(id.to_owned()).or_default();
        let cents = |item: &Value| item["priceCents"].as_i64().unwrap() * item["quantity"].as_i64().unwrap();
        let status = match kind {
            "OrderCreated" => {
                order.cents = data["items"].as_array().unwrap().iter().map(cents).sum();
                "draft"
            }
            "ItemAdded" => {
                order.cents += cents(&data["item"]);
                "draft"
            }
            "OrderSubmitted" => {
                let day = event["recordedAt"].as_str().unwrap()[..10].to_owned();
                let (count, sum) = self.days.entry(day).or_default();
                (*count, *sum) = (*count + 1, *sum + order.cents);
                "submitted"
            }
            "OrderPaid" => "paid",
            "OrderShipped" => "shipped",
            "OrderCancelled" => "cancelled",
            other => panic!("{other} is no fact about an order"),
        };
        order.status = status.to_owned();
    }

    fn count(&self, status: &str) -> usize {
        self.orders.values().filter(|order| order.status == status).count()
    }

    fn revenue(&self) -> i64 {
        self.orders.values().filter(|order| order.status != "cancelled").map(|order| order.cents).sum()
    }

    /// The dashboard, or the summary of a run on an empty store, says the same.
    fn equals(&self, said: &Value, revenue: &str) {
        for status in ["draft", "submitted", "paid", "shipped", "cancelled"] {
            assert_eq!(said[format!("{status}Orders")], self.count(status), "{status}: {said}");
        }
        assert_eq!(cents(&said[revenue]), self.revenue(), "{said}");
    }
}

/// An amount of an answer in cents.
fn cents(amount: &Value) -> i64 {
    let money: diptych_http::Money = amount.to_string().parse().unwrap();
    money.cents().try_into().unwrap()
}

async fn seeded(arguments: &[&str]) -> Value {
    let ended = output(&[&["seed", "--json"], arguments].concat()).await;
    assert!(ended.status.success(), "{}", text(&ended.stderr));
    serde_json::from_slice(&ended.stdout).unwrap()
}

async fn statistics_equal_the_fold(client: &Client, made: &Value) {
    let fold = Fold::of(client).await;
    fold.equals(made, "revenue");
    assert_eq!(made["orders"], fold.orders.len());
    let dashboard = client.get::<Value>("/api/stats/dashboard").await.unwrap().value;
    assert_eq!(dashboard["totalOrders"], fold.orders.len());
    fold.equals(&dashboard, "totalRevenue");
    let daily = client.get::<Value>("/api/stats/daily").await.unwrap().value;
    let daily = daily.as_array().unwrap().iter().map(|day| {
        let date = day["date"].as_str().unwrap().to_owned();
        (date, (day["count"].as_u64().unwrap(), cents(&day["revenue"])))
    });
    assert_eq!(daily.collect::<BTreeMap<_, _>>(), fold.days);
}

#[tokio::test]
async fn after_two_hundred_orders_the_statistics_equal_the_fold_of_the_log() {
    let (_folder, store) = folder();
    let made = seeded(&["--orders", "200", "--seed", "7", "--store", &store]).await;
    assert_eq!((&made["orders"], &made["users"], &made["caughtUp"]), (&200.into(), &20.into(), &true.into()));
    let shop = Program::serving(&store).await;
    statistics_equal_the_fold(&shop.client(), &made).await;
}

#[tokio::test]
async fn a_running_server_is_filled_just_so_and_answers_at_once() {
    let shop = Program::serving("memory:").await;
    let made = seeded(&["--orders", "60", "--users", "5", "--url", &shop.url]).await;
    assert_eq!(made["caughtUp"], true);
    statistics_equal_the_fold(&shop.client(), &made).await;
}

#[tokio::test]
async fn the_same_seed_makes_the_same_and_a_second_run_adds_to_it() {
    let (_folder, store) = folder();
    let arguments = ["--orders", "40", "--seed", "3", "--store", &store];
    let (first, second) = (seeded(&arguments).await, seeded(&arguments).await);
    for member in ["orders", "users", "follows", "posts", "revenue", "shippedOrders", "commands"] {
        assert_eq!(first[member], second[member], "{member}");
    }
    let shop = Program::serving(&store).await;
    let dashboard = shop.client().get::<Value>("/api/stats/dashboard").await.unwrap().value;
    assert_eq!(dashboard["totalOrders"], 80);
    assert_eq!(cents(&dashboard["totalRevenue"]), 2 * cents(&first["revenue"]));
}

#[tokio::test]
async fn a_folder_that_is_served_says_by_whom_and_what_to_do() {
    let (_folder, store) = folder();
    let _shop = Program::serving(&store).await;
    let ended = output(&["seed", "--orders", "1", "--store", &store]).await;
    let said = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("is being served by process ") && said.contains("--url"), "{said}");
}

#[tokio::test]
async fn what_cannot_be_meant_is_wrong_use() {
    let ended = output(&["seed", "--users", "0"]).await;
    assert_eq!(ended.status.code(), Some(2), "{}", text(&ended.stderr));
}

#[cfg(unix)]
#[tokio::test]
async fn an_interrupted_run_leaves_whole_orders_and_says_how_many() {
    let (_folder, store) = folder();
    let arguments = ["seed", "--json", "--orders", "100000", "--users", "5", "--store", &store];
    let mut child = shop(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let some_orders = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.starts_with("orders: ") {
                return;
            }
        }
        panic!("it has ended before it made orders");
    };
    within("some orders are made", some_orders).await;
    let process = child.id().unwrap().to_string();
    let told = tokio::process::Command::new("kill").args(["-INT", &process]).status().await.unwrap();
    assert!(told.success());
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).await.unwrap();
    let ended = within("it ends", child.wait()).await.unwrap();
    drop(lines);
    assert_eq!(ended.code(), Some(130));

    let made: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&made["interrupted"], &made["caughtUp"]), (&true.into(), &false.into()));
    let shop = Program::serving(&store).await;
    Fold::of(&shop.client()).await.equals(&made, "revenue");
}
