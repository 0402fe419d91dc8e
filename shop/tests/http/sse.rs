//! Server-Sent Events as a client reads them.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use crate::shop::Shop;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its `event:`; unnamed ones have none.
    pub(crate) name: Option<String>,
    pub(crate) id: Option<u64>,
    pub(crate) data: Value,
}

/// An open stream.
#[derive(Debug)]
pub(crate) struct Events {
    response: reqwest::Response,
    unread: String,
}

impl Shop {
    /// Opens a stream; it must begin.
    pub(crate) async fn events(&self, path: &str) -> Events {
        Events::of(self.call("GET", path).header("accept", "text/event-stream").open().await)
    }
}

impl Events {
    #[track_caller]
    pub(crate) fn of(response: reqwest::Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers().get("content-encoding"), None);
        Self { response, unread: String::new() }
    }

    /// The next event; none where the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        self.try_next().await.unwrap()
    }

    /// The same; an error where the server went away. Safe to drop and call again.
    pub(crate) async fn try_next(&mut self) -> reqwest::Result<Option<Event>> {
        loop {
            if let Some((event, rest)) = self.unread.split_once("\n\n") {
                let parsed = parse(event);
                self.unread = rest.to_owned();
                match parsed {
                    Some(event) => return Ok(Some(event)),
                    None => continue,
                }
            }
            let chunk = timeout(Duration::from_secs(20), self.response.chunk()).await;
            match chunk.expect("no event came in time")? {
                Some(bytes) => self.unread.push_str(std::str::from_utf8(&bytes).unwrap()),
                None => return Ok(None),
            }
        }
    }
}

/// An event from its lines; none where they are comments.
fn parse(lines: &str) -> Option<Event> {
    let field = |name: &str| {
        let values = lines.lines().filter_map(|line| line.split_once(':')).filter(|(own, _)| *own == name);
        let values: Vec<_> = values.map(|(_, value)| value.strip_prefix(' ').unwrap_or(value)).collect();
        assert!(values.len() <= 1, "one line each: {lines}");
        values.first().map(ToString::to_string)
    };
    let data = serde_json::from_str(&field("data")?).unwrap();
    Some(Event { name: field("event"), id: field("id").map(|id| id.parse().unwrap()), data })
}
