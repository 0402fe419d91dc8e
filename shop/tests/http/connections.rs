//! Connections: kept, left, slow, and asked to go on.

use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};

use futures::future::join_all;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::shop::{Shop, fresh, line, on_every_store};

on_every_store![
    a_connection_is_kept_after_a_refusal,
    a_command_whose_client_left_is_taken_once,
    a_client_that_waits_to_go_on_is_told_to,
    an_absolute_request_line_is_taken,
    many_who_wait_for_one_change_are_all_answered,
    streams_that_clients_leave_hold_up_nothing,
    a_client_that_sends_slowly_holds_up_nobody,
];

/// Reads one answer with a `Content-Length` from a connection that is kept.
async fn one_answer(connection: &mut TcpStream) -> (u16, String) {
    let mut bytes = Vec::new();
    let reading = async {
        loop {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let head = head.to_ascii_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                let length: usize = length.map_or(0, |length| length.parse().unwrap());
                if body.len() >= length {
                    assert_eq!(body.len(), length, "nothing else follows");
                    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                    return (status, body.to_owned());
                }
            }
            let mut chunk = [0; 4096];
            let read = connection.read(&mut chunk).await.unwrap();
            assert_ne!(read, 0, "the connection was closed after {text:?}");
            bytes.extend_from_slice(&chunk[..read]);
        }
    };
    timeout(Duration::from_secs(10), reading).await.expect("no answer came")
}

async fn a_connection_is_kept_after_a_refusal(shop: Shop) {
    let mut connection = shop.connect().await;
    let body = " ".repeat(20_000);
    for (line, headers, status) in [
        ("POST /none", "", 404),
        ("DELETE /api/orders", "", 405),
        ("POST /api/orders", "", 400),
        ("POST /api/orders", "Content-Encoding: gzip\r\n", 415),
        ("POST /api/orders", "Origin: https://evil.example\r\n", 403),
        ("POST /api/orders", "If-Match: nonsense\r\n", 400),
        ("POST /api/orders/none/submit", "", 400),
        ("GET /api/orders", "", 200),
    ] {
        let length = body.len();
        let request =
            format!("{line} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        connection.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(one_answer(&mut connection).await.0, status, "{line} {headers}");
    }
}

async fn a_command_whose_client_left_is_taken_once(shop: Shop) {
    let customer = shop.user().await;
    let mut keys = Vec::new();
    for _ in 0..10 {
        let (key, body) = (fresh("key"), json!({ "customerId": customer }).to_string());
        let mut connection = shop.connect().await;
        let request = format!(
            "POST /api/orders HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        connection.write_all(request.as_bytes()).await.unwrap();
        drop(connection);
        keys.push(key);
    }
    let mut last = 0;
    for key in &keys {
        let call = shop.call("POST", "/api/orders").header("Idempotency-Key", key);
        let body = json!({ "customerId": customer }).to_string();
        last = last.max(call.body(body).answer().await.receipt("orderId").position);
    }
    let list = shop.seen(&format!("/api/customers/{customer}/orders"), last).await;
    assert_eq!(list["total"], keys.len());
}

async fn a_client_that_waits_to_go_on_is_told_to(shop: Shop) {
    let body = json!({ "customerId": shop.user().await }).to_string();
    let mut connection = shop.connect().await;
    let head = format!(
        "POST /api/orders HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(one_answer(&mut connection).await.0, 100);
    connection.write_all(body.as_bytes()).await.unwrap();
    assert_eq!(one_answer(&mut connection).await.0, 202);
}

async fn an_absolute_request_line_is_taken(shop: Shop) {
    let address = &shop.address;
    let request =
        format!("GET http://{address}/api/orders HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    assert_eq!(shop.raw(request).await.is(200).json()["page"], 1);
}

async fn many_who_wait_for_one_change_are_all_answered(shop: Shop) {
    let order = shop.order().await;
    shop.view(&order).await;
    let next = order.position + 1;
    let waiters: Vec<_> = (0..100)
        .map(|_| {
            let (shop, own) = (shop.clone(), order.own.clone());
            tokio::spawn(async move {
                shop.get(&format!("{own}?position={next}&wait=true&timeoutMs=20000")).await
            })
        })
        .collect();
    let begun = Instant::now();
    shop.tell(&order.id, "submit").await;
    for answer in join_all(waiters).await {
        answer.unwrap().is(200);
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "nobody waits to the end of their time");
}

async fn streams_that_clients_leave_hold_up_nothing(shop: Shop) {
    let order = shop.draft().await;
    for _ in 0..5 {
        let mut streams = Vec::new();
        for _ in 0..20 {
            let mut events = shop.events(&format!("{}/stream", order.own)).await;
            events.next().await.unwrap();
            streams.push(events);
        }
        drop(streams);
        let added = shop.post(&format!("{}/items", order.own), line()).await.receipt("orderId");
        shop.view(&added).await;
    }
}

async fn a_client_that_sends_slowly_holds_up_nobody(shop: Shop) {
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut connection = shop.connect().await;
        let head = b"POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{";
        connection.write_all(head).await.unwrap();
        slow.push(connection);
    }
    let order = shop.order().await;
    shop.view(&order).await;
    for connection in &mut slow {
        let mut byte = [0];
        let read = connection.try_read(&mut byte);
        assert!(read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock), "it is waited for");
    }
}
