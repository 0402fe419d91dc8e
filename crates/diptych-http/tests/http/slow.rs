//! Connections that cost something and bring nothing: each is cut when the server's patience is at its end.

use std::time::Duration;

use diptych_http::ServerOptions;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::served::{Served, within};

async fn impatient() -> Served {
    Served::with(ServerOptions { patience: Duration::from_millis(200), ..ServerOptions::default() }).await
}

/// Reads until the server closes.
async fn closed(mut connection: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // It may be reset as well.
    let _ = within(connection.read_to_end(&mut bytes)).await;
    bytes
}

#[tokio::test]
async fn who_never_speaks_is_cut() {
    let bank = impatient().await;
    let connection = TcpStream::connect(bank.address).await.unwrap();
    assert_eq!(closed(connection).await, b"");
    bank.stopped().await;
}

#[tokio::test]
async fn who_takes_too_long_for_a_head_is_cut() {
    let bank = impatient().await;
    let mut connection = TcpStream::connect(bank.address).await.unwrap();
    connection.write_all(b"GET /livez HTTP/1.1\r\nHost: local").await.unwrap();
    let answer = closed(connection).await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    bank.stopped().await;
}

#[tokio::test]
async fn who_is_idle_after_an_answer_is_cut() {
    let bank = impatient().await;
    let mut connection = TcpStream::connect(bank.address).await.unwrap();
    connection.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert!(closed(connection).await.starts_with(b"HTTP/1.1 200"));
    bank.stopped().await;
}

#[tokio::test]
async fn who_asks_and_does_not_read_is_cut() {
    let bank = impatient().await;
    let mut connection = TcpStream::connect(bank.address).await.unwrap();
    let asked = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
    // The server stops reading while its answers are not taken; what is written then ends when it cuts.
    within(async { while connection.write_all(&asked).await.is_ok() {} }).await;
    bank.stopped().await;
}

#[tokio::test]
async fn a_socket_that_is_told_and_does_not_read_is_cut() {
    let bank = impatient().await;
    let mut connection = TcpStream::connect(bank.address).await.unwrap();
    let head = "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    let ping = [&[0x89, 0x80 | 125, 0, 0, 0, 0][..], &[b'x'; 125]].concat().repeat(1_000);
    within(async { while connection.write_all(&ping).await.is_ok() {} }).await;
    bank.stopped().await;
}
