//! A server that gives answers by a script, and keeps what it was asked.
//!
//! Every case of `cases.rs` lives under its own name: `/{case}/api/orders/…`; a client of a case has that as its
//! base. `GET /asked/{case}` gives what was asked so far, for tests in another process. A request that the script
//! has no answer for gets a 418, which no test takes for anything else.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use diptych_client::{Client, RetryPolicy};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::net::TcpListener;

/// One answer of a script.
pub(crate) enum Answer {
    /// A status, headers and a body, whole.
    Whole(u16, Vec<(&'static str, String)>, String),
    /// The same, but the connection breaks before the body ends.
    Broken(u16, Vec<(&'static str, String)>, String),
    /// Server-Sent Events, and what follows the last one.
    Events(String, Then),
    /// A WebSocket: takes one frame, sends these, and goes on as said.
    Socket(Vec<Value>, Then),
    /// None, as long as the client cares to wait.
    Silence,
}

/// What a connection does after what it has to say.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Then {
    /// It ends as it should.
    End,
    /// It breaks.
    Break,
    /// It stays open until the client leaves.
    Hold,
}

/// One request, as the server saw it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query, without the name of the case.
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

type Scripts = HashMap<&'static str, VecDeque<Answer>>;

/// A running server.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) url: String,
    scripts: Arc<Mutex<Scripts>>,
    asked: Arc<Mutex<HashMap<String, Vec<Asked>>>>,
}

impl Server {
    /// Starts a server; it lives as long as the test's runtime.
    pub(crate) async fn start(scripts: Scripts) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { url, scripts: Arc::new(Mutex::new(scripts)), asked: Arc::default() };
        let router =
            Router::new().route("/asked/{case}", get(tell)).fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        server
    }

    /// A client of one case, impatient enough for a test.
    pub(crate) fn client(&self, case: &str) -> Client {
        let quick =
            RetryPolicy::default().min_delay(Duration::from_millis(1)).max_delay(Duration::from_millis(5));
        Client::new(&format!("{}/{case}", self.url)).unwrap().retry(quick)
    }

    /// What one case was asked so far.
    pub(crate) fn asked(&self, case: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().get(case).cloned().unwrap_or_default()
    }

    fn next(&self, case: &str) -> Option<Answer> {
        self.scripts.lock().unwrap().get_mut(case)?.pop_front()
    }

    fn note(&self, case: &str, asked: Asked) {
        self.asked.lock().unwrap().entry(case.to_owned()).or_default().push(asked);
    }
}

async fn tell(State(server): State<Server>, Path(case): Path<String>) -> Json<Vec<Asked>> {
    Json(server.asked(&case))
}

async fn answer(State(server): State<Server>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let (case, path) = path[1..].split_once('/').unwrap_or_default();
    let text = |headers: &HeaderMap| {
        let pairs =
            headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        pairs.collect::<HashMap<_, _>>()
    };
    let body = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    let mut asked = Asked {
        method: parts.method.to_string(),
        path: format!("/{path}"),
        headers: text(&parts.headers),
        body: body.clone(),
    };
    let next = server.next(case);
    if let Some(Answer::Socket(frames, then)) = next {
        let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await.unwrap();
        let (server, case) = (server.clone(), case.to_owned());
        return upgrade.on_upgrade(move |mut socket| async move {
            if let Some(Ok(Message::Text(wish))) = socket.recv().await {
                asked.body = wish.to_string();
            }
            server.note(&case, asked);
            converse(socket, frames, then).await;
        });
    }
    server.note(case, asked);
    match next {
        Some(Answer::Whole(status, headers, body)) => respond(status, headers, Body::from(body)),
        Some(Answer::Broken(status, headers, body)) => respond(status, headers, streamed(body, Then::Break)),
        Some(Answer::Events(text, then)) => {
            let headers = vec![("content-type", "text/event-stream".to_owned())];
            respond(200, headers, streamed(text, then))
        }
        Some(Answer::Silence) => std::future::pending().await,
        Some(Answer::Socket(..)) | None => respond(418, vec![], Body::from("the script has no more answers")),
    }
}

async fn converse(mut socket: WebSocket, frames: Vec<Value>, then: Then) {
    for frame in frames {
        socket.send(Message::text(frame.to_string())).await.unwrap();
    }
    match then {
        Then::End => drop(socket.send(Message::Close(None)).await),
        Then::Break => {}
        Then::Hold => while socket.recv().await.is_some_and(|frame| frame.is_ok()) {},
    }
}

fn respond(status: u16, headers: Vec<(&'static str, String)>, body: Body) -> Response {
    let names = headers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let headers: HeaderMap = names.collect();
    (axum::http::StatusCode::from_u16(status).unwrap(), headers, body).into_response()
}

fn streamed(text: String, then: Then) -> Body {
    // In pieces, so that what is parsed is not what was sent at once.
    let pieces: Vec<_> = text.as_bytes().chunks(7).map(Bytes::copy_from_slice).collect();
    let pieces = stream::iter(pieces).map(Ok::<_, io::Error>);
    match then {
        Then::End => Body::from_stream(pieces),
        Then::Break => Body::from_stream(pieces.chain(stream::once(async {
            // Let the pieces out first: hyper drops what it holds when a body fails.
            tokio::task::yield_now().await;
            Err(io::Error::other("cut"))
        }))),
        Then::Hold => Body::from_stream(pieces.chain(stream::pending())),
    }
}
