//! For those who operate a server: whether it lives, whether it can serve, and what it measures.

use std::{fmt, time::Duration};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use diptych::{HealthState, Meters};
use http::{HeaderValue, Method, Uri, header};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric},
    metrics::{
        MetricType,
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{Problem, Serving, outcome, params::Params};

/// What [`Meters::encode`] writes.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(crate) fn routes() -> Router<Serving> {
    Router::new().route("/livez", get(live)).route("/readyz", get(ready)).route("/metrics", get(metrics))
}

/// The process answers; that is all it says.
async fn live() -> Response {
    fresh(axum::Json(json!({ "status": "live" })).into_response())
}

/// Whether the store takes commands. `strict=true` also asks that no projection is in trouble.
async fn ready(State(serving): State<Serving>, uri: Uri) -> Result<Response, Problem> {
    let strict = Params::of(&uri).flag("strict")?;
    if serving.stopping().is_cancelled() {
        return Err(not_ready(vec!["the server stops".to_owned()]));
    }
    let health = serving.node().health().await;
    let status = match health.state {
        HealthState::Ready => "ready",
        HealthState::Degraded if !strict => "degraded",
        HealthState::Degraded | HealthState::Down => return Err(not_ready(health.reasons)),
    };
    Ok(fresh(axum::Json(json!({ "status": status, "reasons": health.reasons })).into_response()))
}

fn not_ready(reasons: Vec<String>) -> Problem {
    Problem::unavailable(reasons.join("; "), 1).with("reasons", Value::from(reasons))
}

async fn metrics(State(serving): State<Serving>) -> Result<Response, Problem> {
    let node = serving.node();
    let all = node.projections().await.map_err(|failure| outcome::of_failure(&failure))?;
    node.meters().projections(&all);
    let text = node.meters().encode().map_err(|error| {
        tracing::error!(%error, "the metrics cannot be written");
        Problem::unexpected()
    })?;
    Ok(fresh(([(header::CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS))], text).into_response()))
}

/// No cache keeps it.
fn fresh(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Routed {
    method: &'static str,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Subscribed {
    kind: &'static str,
}

/// Counts who follows changes at present. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subscribers(Family<Subscribed, Gauge>);

impl Subscribers {
    /// Counts one, until what this answers is dropped.
    pub(crate) fn one(&self, kind: &'static str) -> Subscriber {
        let gauge = self.of(kind);
        gauge.inc();
        Subscriber(gauge)
    }

    fn of(&self, kind: &'static str) -> Gauge {
        self.0.get_or_create_owned(&Subscribed { kind })
    }
}

/// One who follows changes.
#[derive(Debug)]
pub(crate) struct Subscriber(Gauge);

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Counts and times requests. Cheap to clone.
#[derive(Clone)]
pub(crate) struct HttpMeters {
    subscribers: Subscribers,
    requests: Family<Answered, Counter>,
    seconds: Family<Routed, Histogram, fn() -> Histogram>,
}

impl fmt::Debug for HttpMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpMeters")
    }
}

impl HttpMeters {
    /// Among the meters of a node.
    pub(crate) fn among(meters: &Meters, subscribers: &Subscribers) -> Self {
        let own = Self {
            subscribers: subscribers.clone(),
            requests: Family::default(),
            // From 100 µs to about 26 s.
            seconds: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.000_1, 2.0, 19))),
        };
        for kind in ["websocket", "sse"] {
            own.subscribers.of(kind);
        }
        meters.register(Box::new(own.clone()));
        own
    }

    fn count(&self, method: &'static str, route: String, status: String, took: Duration) {
        let routed = Routed { method, route: route.clone() };
        self.requests.get_or_create(&Answered { method, route, status }).inc();
        self.seconds.get_or_create(&routed).observe(took.as_secs_f64());
    }
}

impl Collector for HttpMeters {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let text = "Requests by route, method and status";
        let requests = encoder.encode_descriptor("http_requests", text, None, MetricType::Counter)?;
        self.requests.encode(requests)?;
        let text = "Open WebSockets and streams of Server-Sent Events";
        let subscribers = encoder.encode_descriptor("http_subscribers", text, None, MetricType::Gauge)?;
        self.subscribers.0.encode(subscribers)?;
        let (name, text) = ("http_request_duration_seconds", "From a request's head to its answer's head");
        let seconds = encoder.encode_descriptor(name, text, None, MetricType::Histogram)?;
        self.seconds.encode(seconds)
    }
}

/// The layer: `axum::middleware::from_fn_with_state(HttpMeters::among(…), operating::measure)`. What has no route, and
/// methods that nobody knows, share one label each: a caller cannot make the metrics grow.
pub(crate) async fn measure(State(meters): State<HttpMeters>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = known(request.method());
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let answer = next.run(request).await;
    meters.count(method, route, answer.status().as_u16().to_string(), begun.elapsed());
    answer
}

fn known(method: &Method) -> &'static str {
    let all = [
        (&Method::GET, "GET"),
        (&Method::HEAD, "HEAD"),
        (&Method::POST, "POST"),
        (&Method::PUT, "PUT"),
        (&Method::PATCH, "PATCH"),
        (&Method::DELETE, "DELETE"),
        (&Method::OPTIONS, "OPTIONS"),
    ];
    all.iter().find(|(one, _)| *one == method).map_or("other", |(_, name)| *name)
}
