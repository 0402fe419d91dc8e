//! Lists over all their pages, and following one thing.

use diptych_client::{Error, View};
use diptych_testkit::deadline::within;
use futures::{StreamExt, TryStreamExt};
use serde_json::{Value, json};

use crate::program::{Program, customer, order};

#[tokio::test]
async fn a_list_gives_everything_once_the_newest_first() {
    let shop = Program::serving("memory:").await;
    let client = shop.client();
    let customer = customer(&client).await;
    let mut made = Vec::new();
    for _ in 0..25 {
        made.push(order(&client, &customer).await);
    }
    let last = made.last().unwrap();
    client.get_at::<Value>(&last.links.view, last).await.unwrap();
    let path = format!("/api/customers/{customer}/orders?limit=10");
    let first = client.page::<Value>(&path).await.unwrap();
    assert_eq!((first.items.len(), first.page, first.limit, first.total), (10, Some(1), 10, 25));

    let listed: Vec<Value> = client.list(&path).try_collect().await.unwrap();
    let listed: Vec<_> = listed.iter().map(|order| order["orderId"].as_str().unwrap()).collect();
    let wanted: Vec<_> = made.iter().rev().map(|receipt| receipt.id.as_str()).collect();
    assert_eq!(listed, wanted);
}

#[tokio::test]
async fn a_list_of_nobody_ends_with_the_error() {
    let shop = Program::serving("memory:").await;
    let mut list = shop.client().list::<Value>("/api/customers/nobody/orders");
    assert!(matches!(list.next().await, Some(Err(Error::NotFound(_)))));
    assert!(list.next().await.is_none());
}

#[tokio::test]
async fn who_follows_sees_the_latest_state_and_positions_only_grow() {
    let shop = Program::serving("memory:").await;
    let client = shop.client();
    let created = order(&client, &customer(&client).await).await;
    let path = created.links.view.clone();
    let mut seen = client.follow::<Value>(&path).unwrap();
    let mut position = Some(0);
    for (step, status) in [("", "draft"), ("/submit", "submitted"), ("/pay", "paid"), ("/cancel", "paid")] {
        let sent = match step {
            "" => Ok(created.clone()),
            step => client.post(&format!("{path}{step}"), json!({})).await,
        };
        if let Ok(receipt) = sent {
            let view = within("the change is told", until(&mut seen, receipt.revision)).await;
            assert_eq!(view.value["status"], status);
            assert!(view.position > position, "{:?} after {position:?}", view.position);
            position = view.position;
        }
    }
}

/// The first view of this version.
pub(crate) async fn until(
    views: &mut (impl futures::Stream<Item = Result<View<Value>, Error>> + Unpin),
    version: u64,
) -> View<Value> {
    loop {
        let view = views.next().await.expect("the following goes on").unwrap();
        if view.version >= Some(version) {
            return view;
        }
    }
}
