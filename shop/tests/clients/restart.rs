//! A server that is killed with SIGKILL and started again: clients go on, and no command happens twice.

use std::collections::BTreeSet;

use diptych_client::{Client, Command, Receipt, Strategy};
use diptych_testkit::deadline::within;
use futures::{StreamExt, TryStreamExt, stream::FuturesUnordered};
use serde_json::{Value, json};

use crate::{
    program::{Program, SOON, customer, order, order_of},
    reading::until,
};

/// A folder of its own, and the URL of the store in it.
pub(crate) fn folder() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", folder.path().join("store").display());
    (folder, store)
}

async fn orders_of(client: &Client, customer: &str, at: &Receipt) -> BTreeSet<String> {
    let path = format!("/api/customers/{customer}/orders");
    client.get_at::<Value>(&path, at).await.unwrap();
    let all: Vec<Value> = client.list(&format!("{path}?limit=100")).try_collect().await.unwrap();
    let ids: BTreeSet<_> = all.iter().map(|order| order["orderId"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), all.len(), "an order is listed twice");
    ids
}

#[tokio::test]
async fn a_command_that_is_sent_while_the_server_is_away_happens_once_when_it_is_back() {
    let (_folder, store) = folder();
    let shop = Program::serving(&store).await;
    let (client, address) = (shop.patient_client(), shop.address());
    let ada = customer(&client).await;
    let command = Command::post("/api/orders", order_of(&ada)).unwrap();
    let receipt = client.send(&command).await.unwrap();

    shop.kill().await;
    let again = tokio::spawn({
        let (client, command) = (client.clone(), command.clone());
        async move { client.send(&command).await }
    });
    let shop = Program::serving_at(&store, &address).await;
    let again = within("the second try is answered", again).await.unwrap().unwrap();
    assert_eq!(again, receipt);
    assert_eq!(orders_of(&shop.client(), &ada, &receipt).await, BTreeSet::from([receipt.id]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_commands_in_flight_at_the_kill_each_happens_once() {
    const ORDERS: usize = 150;
    let (_folder, store) = folder();
    let mut shop = Program::serving(&store).await;
    let (client, address) = (shop.patient_client(), shop.address());
    let ada = customer(&client).await;
    let commands: Vec<_> =
        (0..ORDERS).map(|_| Command::post("/api/orders", order_of(&ada)).unwrap()).collect();
    let mut sending: FuturesUnordered<_> = commands.iter().map(|command| client.send(command)).collect();
    let mut receipts = Vec::new();
    while let Some(sent) = within("a command is answered", sending.next()).await {
        receipts.push(sent.unwrap());
        // Killed twice, with answered and unanswered commands at hand.
        if receipts.len() == ORDERS / 5 || receipts.len() == ORDERS / 2 {
            shop.kill().await;
            shop = Program::serving_at(&store, &address).await;
        }
    }
    let last = receipts.iter().max_by_key(|receipt| receipt.position).unwrap();
    let ids: BTreeSet<_> = receipts.iter().map(|receipt| receipt.id.clone()).collect();
    assert_eq!(ids.len(), ORDERS);
    assert_eq!(orders_of(&client, &ada, last).await, ids);
    for command in &commands {
        assert!(
            receipts.contains(&client.send(command).await.unwrap()),
            "the same key gives the same receipt"
        );
    }
}

#[tokio::test]
async fn a_receipt_from_before_the_kill_is_good_after_it() {
    let (_folder, store) = folder();
    let shop = Program::serving(&store).await;
    let (client, address) = (shop.patient_client(), shop.address());
    let receipt = order(&client, &customer(&client).await).await;
    shop.kill().await;
    let _shop = Program::serving_at(&store, &address).await;
    for strategy in [Strategy::LongRequest, Strategy::Polling, Strategy::Sse, Strategy::WebSocket] {
        let view = client.wait_for::<Value>(&receipt, strategy, SOON).await;
        assert_eq!(view.unwrap().version, Some(0), "{strategy:?}");
    }
}

#[tokio::test]
async fn who_waits_while_the_server_is_away_is_answered_when_it_is_back() {
    let (_folder, store) = folder();
    let shop = Program::serving(&store).await;
    let (client, address) = (shop.patient_client(), shop.address());
    let receipt = order(&client, &customer(&client).await).await;
    shop.kill().await;
    let waiting: Vec<_> = [Strategy::LongRequest, Strategy::Polling, Strategy::Sse, Strategy::WebSocket]
        .map(|strategy| {
            let (client, receipt) = (client.clone(), receipt.clone());
            tokio::spawn(async move { client.wait_for::<Value>(&receipt, strategy, 2 * SOON).await })
        })
        .into();
    let _shop = Program::serving_at(&store, &address).await;
    for one in waiting {
        let view = within("the view is there", one).await.unwrap().unwrap();
        assert_eq!(view.value["status"], "draft");
    }
}

#[tokio::test]
async fn who_follows_goes_on_where_they_were() {
    let (_folder, store) = folder();
    let shop = Program::serving(&store).await;
    let (client, address) = (shop.patient_client(), shop.address());
    let created = order(&client, &customer(&client).await).await;
    let path = created.links.view.clone();
    let mut views = client.follow::<Value>(&path).unwrap();
    let first = within("the first view", until(&mut views, 0)).await;

    shop.kill().await;
    let _shop = Program::serving_at(&store, &address).await;
    client.post(&format!("{path}/submit"), json!({})).await.unwrap();
    let next = within("the next view", views.next()).await.unwrap().unwrap();
    assert_eq!(next.value["status"], "submitted", "nothing is told twice");
    assert!(next.position > first.position);
}
