//! Views, lists and the status of a receipt.

use std::time::Duration;

use diptych_client::{ETag, Error, Page, Receipt, ReceiptStatus, RetryPolicy};
use futures::{StreamExt, TryStreamExt};
use serde::Deserialize;
use serde_json::{Value, from_value};

use crate::cases::{receipt, server};

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Order {
    order_id: String,
}

fn a_receipt() -> Receipt {
    from_value(receipt()).unwrap()
}

#[tokio::test]
async fn a_view_knows_the_place_it_is_from() {
    let server = server().await;
    let view = server.client("view").get::<Order>("/api/orders/ORD-1").await.unwrap();
    assert_eq!(view.value.order_id, "ORD-1");
    assert_eq!((view.version, view.position), (Some(3), Some(44)));
    assert_eq!(view.etag, Some(ETag { version: 3, position: 42 }));
    let again = server.client("view-after-503").get::<Order>("/api/orders/ORD-1").await.unwrap();
    assert_eq!(again, view);
}

#[tokio::test]
async fn a_view_that_is_not_there_yet_is_told_from_one_that_does_not_exist() {
    let server = server().await;
    let pending = server.client("view-pending").get::<Order>("/api/orders/ORD-1").await.unwrap_err();
    assert!(matches!(pending, Error::NotYet { retry_after: Some(Duration::ZERO), .. }), "{pending:?}");
    assert_eq!(server.asked("view-pending").len(), 1);
    let missing = server.client("not-found").get::<Order>("/api/orders/ORD-1").await.unwrap_err();
    assert!(matches!(missing, Error::NotFound(_)), "{missing:?}");
}

#[tokio::test]
async fn any_view_can_be_read_as_of_a_receipt() {
    let server = server().await;
    let client = server.client("stale-view");
    client.get_at::<Order>("/api/orders?customerId=ada", &a_receipt()).await.unwrap();
    let asked = server.asked("stale-view");
    assert!(
        asked[1].path.starts_with("/api/orders?customerId=ada&position=42&wait=true&timeoutMs="),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_view_of_another_shape_is_said_to_be_one() {
    let server = server().await;
    let error = server.client("view").get::<Page<Value>>("/api/orders/ORD-1").await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_list_goes_over_all_pages_as_the_server_links_them() {
    let server = server().await;
    let orders = server.client("two-pages").list::<Order>("/api/orders?limit=2");
    let ids: Vec<String> = orders.map_ok(|order| order.order_id).try_collect().await.unwrap();
    assert_eq!(ids, ["d", "c", "b", "a"]);
    assert_eq!(server.asked("two-pages")[1].path, "/api/orders?after=x");
}

#[tokio::test]
async fn a_list_ends_with_the_error_of_a_page() {
    let server = server().await;
    let orders: Vec<_> = server.client("second-page-fails").list::<Order>("/api/orders").collect().await;
    assert_eq!(orders.len(), 3);
    assert!(matches!(orders[2], Err(Error::NotFound(_))));
}

#[tokio::test]
async fn the_status_of_a_receipt_names_the_projections() {
    let server = server().await;
    let status = server.client("status").retry(RetryPolicy::never()).status(&a_receipt()).await.unwrap();
    assert_eq!((status.status, status.position), (ReceiptStatus::Completed, 42));
    assert_eq!(status.projections["order_views"].lag, 2);
    assert_eq!(server.asked("status")[0].path, "/api/orders/ORD-1/status?correlation=c-42");
}
