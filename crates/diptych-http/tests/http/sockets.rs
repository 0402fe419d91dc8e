//! WebSockets: who is told what, and when.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::served::{Served, within};

#[tokio::test]
async fn a_plain_request_at_the_root_is_shown_to_the_docs() {
    let bank = Served::start().await;
    let answer = bank.get("/").await;
    assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (303, "/console"));
    let answer = bank.get("/ws").await;
    assert_eq!((answer.status().as_u16(), answer.headers()["upgrade"].to_str().unwrap()), (426, "websocket"));
    bank.stopped().await;
}

#[tokio::test]
async fn every_change_is_told_in_the_shape_of_the_contract_after_it_is_visible() {
    let bank = Served::start().await;
    let mut socket = bank.socket("/").await;
    let receipt = bank.open("A-1", "P-1").await;
    let told = socket.told().await;
    let expected = json!({
        "type": "AccountViewUpdated", "correlationId": receipt.correlation, "accountId": "A-1",
        "position": receipt.position,
    });
    assert_eq!(told, expected);
    assert_eq!(bank.json("/api/accounts/A-1").await["cents"], 0);
    bank.stopped().await;
}

#[tokio::test]
async fn everything_is_told_at_ws_and_a_subscription_narrows_it() {
    let bank = Served::start().await;
    let (mut everything, mut persons) = (bank.socket("/ws").await, bank.socket("/ws").await);
    persons.subscribe(json!({ "types": ["PersonViewUpdated"] })).await;
    everything.subscribe(json!({})).await;
    let receipt = bank.open("A-1", "P-1").await;
    let mut told = [everything.told().await, everything.told().await];
    told.sort_by_key(|frame| frame["type"].to_string());
    assert_eq!(told[0]["accountId"], "A-1");
    assert_eq!(told[1]["personId"], "P-1");
    let person = persons.told().await;
    assert_eq!((&person["personId"], &person["position"]), (&json!("P-1"), &json!(receipt.position)));
    bank.stopped().await;
}

#[tokio::test]
async fn one_who_asks_late_is_told_what_is_visible_for_a_conversation() {
    let bank = Served::start().await;
    let receipt = bank.open("A-1", "P-1").await;
    bank.deposit("A-1", 5).await;
    within(bank.node.settled(std::time::Duration::from_secs(10))).await.unwrap();
    let mut socket = bank.socket("/ws").await;
    let subscribed = socket.subscribe(json!({ "correlationId": receipt.correlation })).await;
    assert!(subscribed["position"].as_u64().unwrap() > receipt.position);
    let mut told = [socket.told().await, socket.told().await];
    told.sort_by_key(|frame| frame["type"].to_string());
    assert_eq!(told[0]["accountId"], "A-1");
    assert_eq!(told[1]["personId"], "P-1");
    for frame in told {
        assert_eq!(frame["position"], receipt.position);
        assert_eq!(frame["correlationId"], receipt.correlation);
    }
    bank.stopped().await;
}

#[tokio::test]
async fn a_command_that_found_everything_so_is_told_too() {
    let bank = Served::start().await;
    bank.open("A-1", "P-1").await;
    let receipt = bank.deposit("A-1", 0).await;
    let mut socket = bank.socket("/").await;
    socket.subscribe(json!({ "correlationId": receipt.correlation })).await;
    let told = socket.told().await;
    assert_eq!((&told["accountId"], &told["position"]), (&json!("A-1"), &json!(receipt.position)));
    bank.stopped().await;
}

#[tokio::test]
async fn a_second_subscription_replaces_the_first() {
    let bank = Served::start().await;
    let mut socket = bank.socket("/ws").await;
    socket.subscribe(json!({ "types": ["PersonViewUpdated"], "correlationId": "C-1" })).await;
    socket.subscribe(json!({ "types": ["AccountViewUpdated"], "correlationId": null })).await;
    bank.open("A-1", "P-1").await;
    let receipt = bank.deposit("A-1", 1).await;
    assert_eq!(socket.told().await["type"], "AccountViewUpdated");
    let second = socket.told().await;
    assert_eq!(
        (&second["type"], &second["position"]),
        (&json!("AccountViewUpdated"), &json!(receipt.position))
    );
    bank.stopped().await;
}

#[tokio::test]
async fn anything_but_a_subscription_closes_the_socket() {
    let bank = Served::start().await;
    let long = Message::text(" ".repeat(64 * 1024 + 1));
    let huge = Message::text(" ".repeat(300 * 1024));
    let said = |value: Value| Message::text(value.to_string());
    for message in [
        Message::text("hello"),
        Message::binary(b"{}".to_vec()),
        long,
        huge,
        said(json!({})),
        said(json!({ "subscribe": {}, "more": 1 })),
        said(json!({ "subscribe": { "ids": ["A-1"] } })),
        said(json!({ "subscribe": { "types": "AccountViewUpdated" } })),
        said(json!({ "subscribe": { "types": ["OrderViewUpdated"] } })),
        said(json!({ "subscribe": { "correlationId": "a b" } })),
    ] {
        let mut socket = bank.socket("/ws").await;
        let said = message.to_string().chars().take(60).collect::<String>();
        socket.say(message).await;
        assert_eq!(u16::from(socket.closed().await.code), 1008, "{said}");
    }
    bank.stopped().await;
}

#[tokio::test]
async fn at_the_root_no_other_kind_can_be_had() {
    let bank = Served::start().await;
    let mut socket = bank.socket("/").await;
    let said = json!({ "subscribe": { "types": ["PersonViewUpdated"] } });
    socket.say(Message::text(said.to_string())).await;
    let closed = socket.closed().await;
    assert_eq!(
        (u16::from(closed.code), closed.reason.as_str()),
        (1008, "types here are: AccountViewUpdated")
    );
    bank.stopped().await;
}

#[tokio::test]
async fn a_server_that_stops_says_so() {
    let bank = Served::start().await;
    let mut socket = bank.socket("/ws").await;
    bank.stop();
    assert_eq!(u16::from(socket.closed().await.code), 1001);
    bank.stopped().await;
}

#[tokio::test]
async fn a_page_from_elsewhere_gets_no_socket() {
    use tokio_tungstenite::tungstenite::{Error, client::IntoClientRequest};
    let bank = Served::start().await;
    let mut request = format!("ws://{}/ws", bank.address).into_client_request().unwrap();
    request.headers_mut().insert("origin", "https://elsewhere.example".parse().unwrap());
    let refused = within(tokio_tungstenite::connect_async(request)).await.unwrap_err();
    assert!(matches!(refused, Error::Http(response) if response.status() == 403));
    bank.stopped().await;
}
