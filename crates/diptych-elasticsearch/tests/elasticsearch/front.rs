//! Stands before a server, and answers for it where a test says so: what is overloaded, too large, silent, or lost on the way.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::{Method, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// What becomes of a request that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Pass,
    /// The server never hears of it; this is answered.
    Answer(u16),
    /// Every second document is not written, and answered so.
    EverySecond(u16),
    /// More bytes than this are answered with 413.
    AtMost(usize),
    /// The server never hears of it, and nothing is answered.
    Swallow,
    /// The server does it, and nothing is answered.
    SwallowAnswer,
}

pub(crate) struct Front {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: String,
    client: reqwest::Client,
    /// Of the next requests; the last stays.
    bulks: Mutex<VecDeque<Fate>>,
    /// Of the next place that is set.
    place: Mutex<Fate>,
    /// How many documents the bulk requests have held.
    sizes: Mutex<Vec<usize>>,
}

impl Front {
    pub(crate) async fn before(url: &str) -> Self {
        let (_, upstream) = url.split_once('+').unwrap();
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            client: reqwest::Client::new(),
            bulks: Mutex::new(VecDeque::new()),
            place: Mutex::new(Fate::Pass),
            sizes: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { address, shared }
    }

    /// In the form that settings take.
    pub(crate) fn url(&self) -> String {
        format!("opensearch+http://{}", self.address)
    }

    /// What becomes of the next bulk requests, in turn; the last stays.
    pub(crate) fn bulks(&self, fates: impl IntoIterator<Item = Fate>) {
        *self.shared.bulks.lock().unwrap() = fates.into_iter().collect();
    }

    /// What becomes of the next place that is set.
    pub(crate) fn place(&self, fate: Fate) {
        *self.shared.place.lock().unwrap() = fate;
    }

    /// How many documents each bulk request has held up to now.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        self.shared.sizes.lock().unwrap().clone()
    }
}

impl Shared {
    fn fate(&self, method: &Method, path: &str, body: &Bytes) -> Fate {
        if path.contains("/_doc/place") && *method == Method::PUT {
            return std::mem::replace(&mut *self.place.lock().unwrap(), Fate::Pass);
        }
        if !path.contains("/_bulk") {
            return Fate::Pass;
        }
        self.sizes.lock().unwrap().push(documents(body).len());
        let mut bulks = self.bulks.lock().unwrap();
        let next = if bulks.len() > 1 { bulks.pop_front() } else { bulks.front().copied() };
        next.unwrap_or(Fate::Pass)
    }

    async fn pass(&self, method: &Method, path: &str, body: Bytes) -> (StatusCode, Bytes) {
        let request = self.client.request(method.clone(), format!("{}{path}", self.upstream));
        let request = if body.is_empty() {
            request
        } else {
            request.header(CONTENT_TYPE, "application/json").body(body)
        };
        let answer = request.send().await.unwrap();
        (answer.status(), answer.bytes().await.unwrap())
    }
}

/// The lines of each document of a bulk request.
fn documents(body: &Bytes) -> Vec<Bytes> {
    let ends = body.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let ends: Vec<_> = ends.skip(1).step_by(2).collect();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(&ends).map(|(start, end)| body.slice(start..*end)).collect()
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().unwrap().to_string();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let pass = |body| shared.pass(&parts.method, &path, body);
    let error = |status: u16| json!({ "error": { "type": "told_to", "reason": "so" }, "status": status });
    let answered = |status: u16| (StatusCode::from_u16(status).unwrap(), error(status).to_string());
    match shared.fate(&parts.method, &path, &body) {
        Fate::Pass => pass(body).await.into_response(),
        Fate::Answer(status) => answered(status).into_response(),
        Fate::AtMost(bytes) if body.len() > bytes => answered(413).into_response(),
        Fate::AtMost(_) => pass(body).await.into_response(),
        Fate::Swallow => std::future::pending().await,
        Fate::SwallowAnswer => {
            pass(body).await;
            std::future::pending().await
        }
        Fate::EverySecond(status) => {
            let documents = documents(&body);
            let passed: Vec<u8> = documents.iter().step_by(2).flatten().copied().collect();
            let (_, answer) = pass(passed.into()).await;
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            let mut passed = answer["items"].as_array().unwrap().iter().cloned();
            let item = |at: usize| match at % 2 {
                0 => passed.next().unwrap(),
                _ => json!({ "index": error(status) }),
            };
            let items: Vec<_> = (0..documents.len()).map(item).collect();
            json!({ "errors": true, "items": items }).to_string().into_response()
        }
    }
}
