//! Server-sent events as the contract frames them: unnamed, the view as JSON on one line, the position as `id`.
//!
//! Never put a compressing layer around these: it holds events back. Proxies are asked not to buffer either.

use std::{convert::Infallible, time::Duration};

use axum::response::{
    IntoResponse, Response, Sse,
    sse::{Event, KeepAlive},
};
use futures::Stream;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

/// After so much silence a comment is sent, so that neither side takes the other for gone.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A view as it is after a change; `position` is that of the last change that it holds.
///
/// # Errors
/// Where the view cannot be made into JSON.
pub fn view<T: Serialize>(position: u64, view: &T) -> Result<Event, axum::Error> {
    Event::default().id(position.to_string()).json_data(view)
}

/// What is sent when no first view came in time, before the end.
pub fn timeout() -> Event {
    Event::default().event("timeout").data("{}")
}

/// 204: there is nothing newer to come, and a browser must not connect again.
pub fn nothing_newer() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// The answer that sends the events; it ends with them.
pub fn stream<S>(events: S) -> Response
where
    S: Stream<Item = Event> + Send + 'static,
{
    let events = futures::StreamExt::map(events, Ok::<_, Infallible>);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::StreamExt;
    use http::header::{CACHE_CONTROL, CONTENT_TYPE};
    use http_body_util::BodyExt;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn a_view_is_one_line_of_data_with_its_position() {
        let first = view(42, &json!({ "note": "two\nlines\r", "orderId": "A" })).unwrap();
        let response = stream(futures::stream::iter([first, timeout()]));
        assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(body.to_vec()).unwrap();
        let (event, end) = text.split_once("\n\n").unwrap();
        let mut lines: Vec<&str> = event.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, [r#"data: {"note":"two\nlines\r","orderId":"A"}"#, "id: 42"]);
        assert_eq!(end, "event: timeout\ndata: {}\n\n");
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_broken_by_comments() {
        let mut body = stream(futures::stream::pending()).into_body().into_data_stream();
        let comment = tokio::time::timeout(KEEP_ALIVE + Duration::from_secs(1), body.next()).await.unwrap();
        assert!(comment.unwrap().unwrap().starts_with(b":"));
    }

    #[test]
    fn nothing_newer_is_204() {
        assert_eq!(nothing_newer().status(), StatusCode::NO_CONTENT);
    }
}
