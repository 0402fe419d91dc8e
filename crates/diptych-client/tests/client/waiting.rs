//! Four ways to wait, one result, one deadline.

use std::time::{Duration, Instant};

use diptych_client::{ETag, Error, Receipt, Strategy, View};
use serde_json::{Value, from_value};

use crate::cases::{CORRELATION, receipt, server};
use crate::script::Server;

const SOON: Duration = Duration::from_secs(10);

async fn waited(
    server: &Server,
    case: &str,
    strategy: Strategy,
    within: Duration,
) -> Result<View<Value>, Error> {
    let (client, receipt) = (server.client(case), from_value::<Receipt>(receipt()).unwrap());
    tokio::spawn(async move { client.wait_for(&receipt, strategy, within).await }).await.unwrap()
}

/// The case ends with the view, after as many requests.
async fn there(case: &str, strategy: Strategy, requests: usize) -> Server {
    let server = server().await;
    let view = waited(&server, case, strategy, SOON).await.unwrap();
    assert_eq!(view.value["orderId"], "ORD-1", "{case}");
    assert_eq!((view.version, view.etag), (Some(3), Some(ETag { version: 3, position: 42 })), "{case}");
    assert!(view.position >= Some(42), "{case}");
    assert_eq!(server.asked(case).len(), requests, "{case}");
    server
}

#[tokio::test]
async fn polling_goes_on_until_200() {
    let server = there("there-at-the-third", Strategy::Polling, 3).await;
    assert!(
        server.asked("there-at-the-third").iter().all(|asked| asked.path == "/api/orders/ORD-1?position=42")
    );
    there("breaks-then-there", Strategy::Polling, 3).await;
}

#[tokio::test]
async fn a_long_request_waits_at_the_server_and_is_repeated_after_408() {
    let server = there("timeout-then-there", Strategy::LongRequest, 2).await;
    let asked = server.asked("timeout-then-there");
    let (path, patience) = asked[0].path.rsplit_once('=').unwrap();
    assert_eq!(path, "/api/orders/ORD-1?position=42&wait=true&timeoutMs");
    assert!((9_000..=10_000).contains(&patience.parse::<u64>().unwrap()), "{patience}");
    there("breaks-then-there", Strategy::LongRequest, 3).await;
}

#[tokio::test]
async fn an_event_with_the_view_ends_the_waiting() {
    let server = there("event", Strategy::Sse, 1).await;
    let asked = &server.asked("event")[0];
    assert_eq!(asked.path, "/api/orders/ORD-1/stream?correlation=c-42&once=true");
    assert_eq!(asked.header("accept"), "text/event-stream");
}

#[tokio::test]
async fn a_stream_that_breaks_or_comes_to_nothing_is_opened_again() {
    there("event-cut-in-the-middle", Strategy::Sse, 2).await;
    there("event-late", Strategy::Sse, 2).await;
}

#[tokio::test]
async fn an_event_may_be_spelled_in_any_way_that_the_standard_allows() {
    there("event-spelled-otherwise", Strategy::Sse, 1).await;
}

#[tokio::test]
async fn a_message_over_the_socket_leads_to_the_view() {
    let server = there("message", Strategy::WebSocket, 2).await;
    let asked = server.asked("message");
    assert_eq!((asked[0].path.as_str(), asked[1].path.as_str()), ("/ws", "/api/orders/ORD-1?position=42"));
    assert_eq!(asked[0].body, r#"{"subscribe":{"correlationId":"c-42"}}"#);
}

#[tokio::test]
async fn messages_of_others_and_of_other_views_are_not_taken_for_it() {
    there("message-of-others-first", Strategy::WebSocket, 3).await;
}

#[tokio::test]
async fn a_socket_that_closes_is_opened_again() {
    there("socket-closed-at-first", Strategy::WebSocket, 3).await;
}

#[tokio::test]
async fn what_helps_no_more_ends_the_waiting_at_once() {
    let server = server().await;
    for (case, strategy) in [
        ("erased-meanwhile", Strategy::Polling),
        ("not-found", Strategy::LongRequest),
        ("event-not-found", Strategy::Sse),
    ] {
        let error = waited(&server, case, strategy, SOON).await.unwrap_err();
        assert!(matches!(error, Error::NotFound(_)), "{case}: {error:?}");
    }
    let error = waited(&server, "socket-forbidden", Strategy::WebSocket, SOON).await.unwrap_err();
    assert!(matches!(&error, Error::Forbidden(problem) if problem.detail == "so it is"), "{error:?}");
}

#[tokio::test]
async fn the_deadline_holds_for_every_strategy() {
    let within = Duration::from_millis(50);
    for (case, strategy) in [
        ("there-in-vain", Strategy::Polling),
        ("silent-long", Strategy::LongRequest),
        ("silent-sse", Strategy::Sse),
        ("socket-silent", Strategy::WebSocket),
    ] {
        let (server, begun) = (server().await, Instant::now());
        let error = waited(&server, case, strategy, within).await.unwrap_err();
        assert!(matches!(error, Error::Timeout { .. }), "{case}: {error:?}");
        assert_eq!(error.correlation_id(), Some(CORRELATION), "{case}");
        assert!(begun.elapsed() < SOON, "{case}");
    }
}

#[tokio::test]
async fn a_pause_longer_than_what_is_left_is_a_timeout_that_says_why() {
    let server = server().await;
    let error =
        waited(&server, "asked-to-wait-a-second", Strategy::Polling, Duration::from_millis(500)).await;
    let Err(Error::Timeout { last: Some(last), .. }) = error else { panic!("{error:?}") };
    assert!(matches!(*last, Error::Unavailable(_)), "{last:?}");
    assert_eq!(server.asked("asked-to-wait-a-second").len(), 1);
}
