//! A thing that is followed gives each of its states once, over broken connections.

use std::time::Duration;

use diptych_client::{Error, RetryPolicy, View};
use futures::{Stream, StreamExt};
use serde_json::Value;
use tokio::time::timeout;

use crate::cases::server;
use crate::script::Server;

fn follow(server: &Server, case: &str) -> impl Stream<Item = Result<View<Value>, Error>> + Unpin + use<> {
    server.client(case).follow("/api/orders/ORD-1").unwrap()
}

async fn next(
    views: &mut (impl Stream<Item = Result<View<Value>, Error>> + Unpin),
) -> Option<Result<u64, Error>> {
    let view = timeout(Duration::from_secs(10), views.next()).await.expect("something comes in time");
    view.map(|view| view.map(|view| view.position.unwrap()))
}

#[tokio::test]
async fn a_stream_that_is_cut_is_resumed_after_the_last_whole_event() {
    let (server, case) = (server().await, "followed-over-a-cut");
    let mut views = follow(&server, case);
    for position in [42, 47, 50] {
        assert_eq!(next(&mut views).await.unwrap().unwrap(), position);
    }
    let asked = server.asked(case);
    let resumed: Vec<_> = asked.iter().map(|asked| asked.header("last-event-id")).collect();
    assert_eq!(resumed, ["", "47", "47"]);
    assert!(asked.iter().all(|asked| asked.path == "/api/orders/ORD-1/stream"), "{asked:?}");
}

#[tokio::test]
async fn following_ends_when_the_server_says_that_nothing_more_will_come() {
    let server = server().await;
    let mut views = follow(&server, "followed-to-the-end");
    assert!(matches!(next(&mut views).await, Some(Ok(42))));
    assert!(next(&mut views).await.is_none());
    assert!(next(&mut views).await.is_none());
}

#[tokio::test]
async fn following_ends_with_an_error_that_no_reconnecting_helps_against() {
    let server = server().await;
    let mut views = follow(&server, "followed-until-erased");
    assert!(matches!(next(&mut views).await, Some(Ok(42))));
    assert!(matches!(next(&mut views).await, Some(Err(Error::Gone(_)))));
    assert!(next(&mut views).await.is_none());
}

#[tokio::test]
async fn what_is_not_there_yet_is_followed_until_it_is() {
    let server = server().await;
    let mut views = follow(&server, "followed-before-it-is-there");
    assert!(matches!(next(&mut views).await, Some(Ok(9))));
}

#[tokio::test]
async fn a_server_that_stays_away_ends_the_following() {
    let server = server().await;
    let quick = RetryPolicy::default().min_delay(Duration::from_millis(1)).max_delay(Duration::from_secs(1));
    let client = server.client("followed-down").retry(quick.attempts(4));
    let mut views = client.follow::<Value>("/api/orders/ORD-1").unwrap();
    assert!(matches!(next(&mut views).await, Some(Ok(42))));
    assert!(matches!(next(&mut views).await, Some(Err(Error::Unavailable(_)))));
    assert!(next(&mut views).await.is_none());
}
