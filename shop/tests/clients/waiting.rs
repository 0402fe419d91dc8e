//! Reading one's own write, in each of the four ways to wait.

use std::time::Duration;

use diptych_client::{Client, ETag, Error, ReceiptStatus, Strategy};
use futures::future::join_all;
use serde_json::Value;

use crate::program::{Program, SOON, customer, order};

const ALL: [Strategy; 4] = [Strategy::LongRequest, Strategy::Polling, Strategy::Sse, Strategy::WebSocket];

/// An order's life, each step of it waited for.
async fn live(client: &Client, customer: &str, strategy: Strategy) {
    let created = order(client, customer).await;
    let mut path = String::new();
    for (step, status) in [("", "draft"), ("/submit", "submitted"), ("/pay", "paid")] {
        let receipt = match step {
            "" => created.clone(),
            step => client.post(&format!("{path}{step}"), ()).await.unwrap(),
        };
        let view = client.wait_for::<Value>(&receipt, strategy, SOON).await;
        let view = view.unwrap_or_else(|error| panic!("{strategy:?} after {status}: {error:?}"));
        assert_eq!(
            (&view.value["orderId"], &view.value["status"]),
            (&receipt.id.as_str().into(), &status.into())
        );
        assert_eq!(view.value["total"], 259.98);
        assert_eq!(view.version, Some(receipt.revision), "{strategy:?}");
        assert_eq!(view.etag, Some(ETag { version: receipt.revision, position: receipt.position }));
        assert!(view.position >= Some(receipt.position), "{strategy:?}");
        path = receipt.links.view;
    }
}

#[tokio::test]
async fn every_strategy_shows_what_was_written() {
    let shop = Program::serving("memory:").await;
    let client = shop.client();
    let customer = customer(&client).await;
    for strategy in ALL {
        live(&client, &customer, strategy).await;
    }
}

#[tokio::test]
async fn every_strategy_does_so_when_many_wait_at_once() {
    let shop = Program::serving("memory:").await;
    let client = shop.client();
    let customer = customer(&client).await;
    let lives = (0..10).flat_map(|_| ALL).map(|strategy| live(&client, &customer, strategy));
    join_all(lives).await;
}

#[tokio::test]
async fn what_is_visible_already_is_told_at_once() {
    let shop = Program::serving("memory:").await;
    let client = shop.client();
    let receipt = order(&client, &customer(&client).await).await;
    client.wait_for::<Value>(&receipt, Strategy::LongRequest, SOON).await.unwrap();
    for strategy in ALL {
        let view = client.wait_for::<Value>(&receipt, strategy, SOON).await;
        assert_eq!(view.unwrap().version, Some(0), "{strategy:?}");
    }
    let status = client.status(&receipt).await.unwrap();
    assert_eq!(status.status, ReceiptStatus::Completed);
    assert!(status.projections["order_views"].position >= receipt.position);
}

#[tokio::test]
async fn a_position_that_never_comes_is_a_timeout() {
    let shop = Program::serving("memory:").await;
    let client = shop.client();
    let mut receipt = order(&client, &customer(&client).await).await;
    receipt.position += 1_000;
    for strategy in [Strategy::LongRequest, Strategy::Polling] {
        let ended = client.wait_for::<Value>(&receipt, strategy, Duration::from_millis(300)).await;
        assert!(matches!(ended, Err(Error::Timeout { .. })), "{strategy:?}: {ended:?}");
        assert_eq!(ended.unwrap_err().correlation_id(), Some(receipt.correlation_id.as_str()));
    }
}

#[tokio::test]
async fn statistics_are_read_at_a_receipt_too() {
    let shop = Program::serving("memory:").await;
    let client = shop.client();
    let customer = customer(&client).await;
    for orders in 1..=5 {
        let receipt = order(&client, &customer).await;
        let dashboard = client.get_at::<Value>("/api/stats/dashboard", &receipt).await.unwrap();
        assert_eq!(dashboard.value["totalOrders"], orders);
    }
}
