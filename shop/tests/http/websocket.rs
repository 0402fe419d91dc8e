//! WebSockets: what is told, to whom, and what closes one.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, protocol::CloseFrame},
};

use crate::{
    answer::members,
    program::Program,
    receipt::Receipt,
    shop::{Shop, fresh, line, on_every_store, run},
};

on_every_store![
    every_change_of_a_view_is_told_once,
    the_root_tells_of_orders_alone,
    without_an_upgrade_the_root_leads_to_a_page,
    a_change_is_told_when_it_is_visible,
    a_subscription_narrows_what_is_told,
    what_is_visible_already_is_told_of_a_conversation,
    a_second_subscription_replaces_the_first,
    changes_made_before_a_plain_socket_opened_are_not_missed,
    a_plain_client_is_told_a_little_later,
    anything_else_that_is_sent_closes_with_1008,
    many_sockets_are_told_the_same,
    a_client_that_does_not_read_harms_nobody,
];

/// An open socket.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn open(shop: &Shop, path: &str) -> Self {
        Self(connect_async(format!("ws://{}{path}", shop.address)).await.unwrap().0)
    }

    /// The next frame of text; pings are no messages.
    async fn next(&mut self) -> Value {
        loop {
            let message = timeout(Duration::from_secs(10), self.0.next()).await.expect("no message came");
            match message.expect("the socket ended").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other @ (Message::Binary(_) | Message::Close(_) | Message::Frame(_)) => panic!("{other:?}"),
            }
        }
    }

    /// Everything up to what is told of this receipt; other tests make changes too.
    pub(crate) async fn until(&mut self, receipt: &Receipt) -> Vec<Value> {
        let mut told = Vec::new();
        loop {
            told.push(self.next().await);
            if told.last().unwrap()["correlationId"] == receipt.correlation {
                return told;
            }
        }
    }

    async fn say(&mut self, text: impl Into<String>) {
        self.0.send(Message::text(text.into())).await.unwrap();
    }

    /// Subscribes, and tells from which position on it holds.
    pub(crate) async fn subscribe(&mut self, narrowing: Value) -> u64 {
        self.say(json!({ "subscribe": narrowing }).to_string()).await;
        loop {
            let frame = self.next().await;
            if frame["type"] == "Subscribed" {
                assert_eq!(members(&frame), ["position", "type"]);
                return frame["position"].as_u64().unwrap();
            }
        }
    }

    /// How the server closes it.
    async fn closed(&mut self) -> Option<CloseFrame> {
        loop {
            let message = timeout(Duration::from_secs(15), self.0.next()).await.expect("it stays open");
            match message {
                Some(Ok(Message::Close(frame))) => return frame,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }
}

fn of_order(receipt: &Receipt) -> Value {
    json!({
        "type": "OrderViewUpdated",
        "correlationId": receipt.correlation,
        "orderId": receipt.id,
        "position": receipt.position,
    })
}

async fn every_change_of_a_view_is_told_once(shop: Shop) {
    let mut socket = Socket::open(&shop, "/ws").await;
    let (user, other) = (shop.user().await, shop.user().await);
    let order = shop.order_of(&user).await;
    let submitted = shop.tell(&order.id, "submit").await;
    let followed = shop.post(&format!("/api/users/{user}/follow"), json!({ "followedId": other })).await;
    let followed = followed.receipt("userId");
    let last = shop.order_of(&user).await;
    let told = socket.until(&last).await;
    for receipt in [&order, &submitted, &last] {
        assert_eq!(told.iter().filter(|frame| **frame == of_order(receipt)).count(), 1);
    }
    let follow: Vec<_> = told.iter().filter(|frame| frame["correlationId"] == followed.correlation).collect();
    let mut of: Vec<_> = follow.iter().map(|frame| frame["userId"].as_str().unwrap()).collect();
    of.sort_unstable();
    let mut both = [user.as_str(), other.as_str()];
    both.sort_unstable();
    assert_eq!(of, both, "the views of both have changed");
    for frame in follow {
        assert_eq!(frame["type"], "UserViewUpdated");
        assert_eq!(members(frame), ["correlationId", "position", "type", "userId"]);
    }
}

async fn the_root_tells_of_orders_alone(shop: Shop) {
    let mut socket = Socket::open(&shop, "/").await;
    let order = shop.order().await;
    for frame in socket.until(&order).await {
        assert_eq!(frame["type"], "OrderViewUpdated");
    }
    socket.say(json!({ "subscribe": { "types": ["UserViewUpdated"] } }).to_string()).await;
    assert_eq!(u16::from(socket.closed().await.unwrap().code), 1008);
}

async fn without_an_upgrade_the_root_leads_to_a_page(shop: Shop) {
    let answer = shop.get("/").await.is(303);
    let page = answer.header("location").unwrap();
    assert!(["/console", "/docs"].contains(&page), "{page}");
    shop.get(page).await.is(200);
    let answer = shop.get("/ws").await;
    assert!((400..500).contains(&answer.status), "{}", answer.status);
}

async fn a_change_is_told_when_it_is_visible(shop: Shop) {
    let mut socket = Socket::open(&shop, "/ws").await;
    socket.subscribe(json!({ "types": ["OrderViewUpdated"] })).await;
    for _ in 0..10 {
        let order = shop.order().await;
        socket.until(&order).await;
        let path = format!("{}?position={}", order.own, order.position);
        shop.get(&path).await.is(200);
    }
}

async fn a_subscription_narrows_what_is_told(shop: Shop) {
    let mut by_type = Socket::open(&shop, "/ws").await;
    let mut by_id = Socket::open(&shop, "/ws").await;
    let id = fresh("corr");
    by_type.subscribe(json!({ "types": ["UserViewUpdated"] })).await;
    by_id.subscribe(json!({ "correlationId": id })).await;
    shop.order().await;
    let order = shop.order().await;
    let call = shop.call("POST", &format!("{}/submit", order.own)).header("X-Correlation-ID", &id);
    let submitted = call.answer().await.receipt("orderId");
    assert_eq!(by_id.next().await, of_order(&submitted));
    let email = format!("{}@example.com", fresh("ws"));
    let last = shop.post("/api/users", json!({ "email": email })).await.receipt("userId");
    for frame in by_type.until(&last).await {
        assert_eq!(frame["type"], "UserViewUpdated");
    }
}

async fn what_is_visible_already_is_told_of_a_conversation(shop: Shop) {
    let order = shop.order().await;
    shop.view(&order).await;
    for path in ["/", "/ws"] {
        let mut socket = Socket::open(&shop, path).await;
        let from = socket.subscribe(json!({ "correlationId": order.correlation })).await;
        assert!(from >= order.position);
        assert_eq!(socket.next().await, of_order(&order));
    }
    // Also asked for at once, when it may be visible or not.
    for _ in 0..10 {
        let order = shop.order().await;
        let mut socket = Socket::open(&shop, "/ws").await;
        socket.subscribe(json!({ "correlationId": order.correlation })).await;
        assert_eq!(socket.next().await, of_order(&order));
    }
}

async fn a_second_subscription_replaces_the_first(shop: Shop) {
    let mut socket = Socket::open(&shop, "/ws").await;
    let ids = [fresh("corr"), fresh("corr")];
    let mut receipts = Vec::new();
    for id in &ids {
        socket.subscribe(json!({ "correlationId": id })).await;
    }
    let order = shop.order().await;
    for id in &ids {
        let call = shop.call("POST", &format!("{}/items", order.own)).json(&line());
        receipts.push(call.header("X-Correlation-ID", id).answer().await.receipt("orderId"));
    }
    assert_eq!(socket.next().await, of_order(&receipts[1]), "the first is not told of any more");
}

async fn changes_made_before_a_plain_socket_opened_are_not_missed(shop: Shop) {
    let customer = shop.user().await;
    for _ in 0..10 {
        let order = shop.order_of(&customer).await;
        let mut socket = Socket::open(&shop, "/").await;
        socket.until(&order).await;
    }
}

async fn a_plain_client_is_told_a_little_later(shop: Shop) {
    let mut plain = Socket::open(&shop, "/").await;
    let mut subscribed = Socket::open(&shop, "/").await;
    subscribed.subscribe(json!({})).await;
    let order = shop.order().await;
    subscribed.until(&order).await;
    let told_at_once = tokio::time::Instant::now();
    plain.until(&order).await;
    let later = told_at_once.elapsed();
    assert!((Duration::from_millis(40)..Duration::from_secs(3)).contains(&later), "{later:?}");
}

async fn anything_else_that_is_sent_closes_with_1008(shop: Shop) {
    let long = json!({ "subscribe": { "correlationId": "x".repeat(100_000) } }).to_string();
    for said in [
        "hello",
        "{}",
        "[]",
        "null",
        "",
        "{\"subscribe\":null}",
        "{\"subscribe\":{\"types\":\"OrderViewUpdated\"}}",
        "{\"subscribe\":{\"types\":[\"Nothing\"]}}",
        "{\"subscribe\":{\"correlationId\":\"a b\"}}",
        "{\"subscribe\":{\"other\":1}}",
        "{\"subscribe\":{},\"other\":1}",
        "{\"unsubscribe\":{}}",
        "{\"subscribe\":{\"types\":[],\"types\":[]}}",
        &"[".repeat(10_000),
        &long,
    ] {
        let mut socket = Socket::open(&shop, "/ws").await;
        socket.say(said).await;
        assert_eq!(u16::from(socket.closed().await.expect(said).code), 1008, "{said:.60}");
    }
    let mut socket = Socket::open(&shop, "/ws").await;
    socket.0.send(Message::binary(b"{}".to_vec())).await.unwrap();
    assert_eq!(u16::from(socket.closed().await.unwrap().code), 1008);
}

async fn many_sockets_are_told_the_same(shop: Shop) {
    let mut sockets = Vec::new();
    for _ in 0..40 {
        sockets.push(Socket::open(&shop, "/").await);
    }
    let order = shop.order().await;
    for socket in &mut sockets {
        assert_eq!(socket.until(&order).await.last(), Some(&of_order(&order)));
    }
}

async fn a_client_that_does_not_read_harms_nobody(shop: Shop) {
    let silent = Socket::open(&shop, "/ws").await;
    let mut reading = Socket::open(&shop, "/ws").await;
    let order = shop.draft().await;
    let mut last = order.clone();
    for _ in 0..50 {
        last = shop.post(&format!("{}/items", order.own), line()).await.receipt("orderId");
    }
    reading.until(&last).await;
    drop(silent);
}

/// Answers to pings must not pile up for a client that does not take them.
#[cfg(target_os = "linux")]
#[test]
fn a_client_that_floods_and_does_not_read_costs_no_memory() {
    run(async {
        let program = Program::start("memory:").await;
        let shop = program.shop.clone();
        let mut connection = shop.connect().await;
        let head = "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        connection.write_all(head.as_bytes()).await.unwrap();
        let ping = [&[0x89, 0x80 | 125, 0, 0, 0, 0][..], &[b'x'; 125]].concat();
        let pings = ping.repeat(1000);
        let before = program.memory();
        for _ in 0..250 {
            // The server may close it; it may also stop reading, and so hold the client up.
            let written = timeout(Duration::from_secs(1), connection.write_all(&pings)).await;
            if !matches!(written, Ok(Ok(()))) {
                break;
            }
        }
        let grown = program.memory().saturating_sub(before);
        assert!(grown < 15_000_000, "it grew by {grown} bytes");
        shop.order().await;
    });
}
