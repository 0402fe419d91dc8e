//! The scripts, by name: what a server that keeps to `http-api.md` would answer in each case.

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};

use crate::script::{Answer, Server, Then};

/// The correlation id in every receipt.
pub(crate) const CORRELATION: &str = "c-42";

/// A server with all cases, each at its beginning.
pub(crate) async fn server() -> Server {
    let cases = [sending(), waiting(), reading()].into_iter().flatten();
    Server::start(cases.map(|(name, answers)| (name, VecDeque::from(answers))).collect::<HashMap<_, _>>())
        .await
}

fn sending() -> Vec<(&'static str, Vec<Answer>)> {
    let ok = || json_answer(202, receipt());
    vec![
        ("unavailable-twice", vec![unavailable(), unavailable(), ok()]),
        ("throttled", vec![retry_later(429, "0"), ok()]),
        ("asked-to-wait-a-second", vec![retry_later(503, "1"), ok()]),
        ("answer-lost", vec![broken(202), ok()]),
        ("gateway-timeouts", vec![retry_later(502, "0"), retry_later(504, "0"), ok()]),
        ("always-504", (0..3).map(|_| retry_later(504, "0")).collect()),
        ("always-503", (0..3).map(|_| unavailable()).collect()),
        ("lost-then-503", vec![broken(202), unavailable(), unavailable()]),
        (
            "stale-version",
            vec![json_answer(409, problem(409, "Stale version", json!({ "currentVersion": 7 })))],
        ),
        ("stale-etag", vec![json_answer(412, problem(412, "Stale version", json!({ "currentVersion": 7 })))]),
        (
            "rejected",
            vec![json_answer(409, problem(409, "Not a draft", json!({ "type": "/problems/not-draft" })))],
        ),
        (
            "invalid",
            vec![json_answer(422, problem(422, "Invalid", json!({ "errors": [at("/items/0/quantity")] })))],
        ),
        ("not-json", vec![json_answer(400, problem(400, "Not JSON", json!({})))]),
        ("unauthorized", vec![json_answer(401, problem(401, "Unauthorized", json!({})))]),
        ("forbidden", vec![json_answer(403, problem(403, "Forbidden", json!({})))]),
        ("not-found", vec![json_answer(404, problem(404, "Not found", json!({})))]),
        ("gone", vec![json_answer(410, problem(410, "Gone", json!({})))]),
        ("too-long", vec![json_answer(413, problem(413, "Too long", json!({})))]),
        ("version-required", vec![json_answer(428, problem(428, "Version required", json!({})))]),
        ("proxy-page", vec![Answer::Whole(403, vec![], "<h1>Forbidden by a proxy</h1>".into())]),
        ("no-receipt", vec![json_answer(202, json!({ "hello": "world" }))]),
        ("once", vec![ok()]),
    ]
}

fn waiting() -> Vec<(&'static str, Vec<Answer>)> {
    vec![
        ("there-at-the-third", vec![pending(), pending(), view(3, 42)]),
        ("there-in-vain", (0..1000).map(|_| pending()).collect()),
        ("timeout-then-there", vec![timeout(), view(3, 42)]),
        ("breaks-then-there", vec![broken(200), retry_later(503, "0"), view(3, 42)]),
        ("silent", vec![Answer::Silence]),
        ("silent-too", vec![Answer::Silence]),
        ("silent-long", vec![Answer::Silence]),
        ("silent-sse", vec![Answer::Silence]),
        ("erased-meanwhile", vec![pending(), json_answer(404, problem(404, "Not found", json!({})))]),
        ("event", vec![events(&event(3, 42), Then::End)]),
        (
            "event-cut-in-the-middle",
            vec![events("id: 42\ndata: {\"ord", Then::Break), events(&event(3, 42), Then::End)],
        ),
        (
            "event-late",
            vec![events("event: timeout\ndata: {}\n\n", Then::End), events(&event(3, 42), Then::End)],
        ),
        (
            "event-spelled-otherwise",
            vec![events(
                "\u{feff}: a comment\r\nretry: 5\r\nunknown\r\nid:42\r\ndata:{\"orderId\":\"ORD-1\",\r\n\
                 data: \"name\":\"Größe € 🂡\",\"version\":3}\r\n\r\n",
                Then::End,
            )],
        ),
        ("event-not-found", vec![json_answer(404, problem(404, "Not found", json!({})))]),
        ("message", vec![Answer::Socket(vec![subscribed(), updated(CORRELATION)], Then::Hold), view(3, 42)]),
        (
            "message-of-others-first",
            vec![
                Answer::Socket(
                    vec![subscribed(), updated("c-41"), updated(CORRELATION), updated(CORRELATION)],
                    Then::Hold,
                ),
                pending(),
                view(3, 42),
            ],
        ),
        (
            "socket-closed-at-first",
            vec![
                Answer::Socket(vec![subscribed()], Then::End),
                Answer::Socket(vec![subscribed(), updated(CORRELATION)], Then::Hold),
                view(3, 42),
            ],
        ),
        ("socket-silent", vec![Answer::Socket(vec![subscribed()], Then::Hold)]),
        ("socket-forbidden", vec![json_answer(403, problem(403, "Forbidden", json!({})))]),
    ]
}

fn reading() -> Vec<(&'static str, Vec<Answer>)> {
    let page = |ids: [&str; 2], links: Value| {
        let items: Vec<_> = ids.iter().map(|id| json!({ "orderId": id })).collect();
        json_answer(200, json!({ "items": items, "limit": 2, "total": 4, "links": links }))
    };
    vec![
        ("view", vec![view(3, 42)]),
        ("view-pending", vec![pending()]),
        ("stale-view", vec![timeout(), view(3, 42)]),
        ("view-after-503", vec![unavailable(), view(3, 42)]),
        (
            "two-pages",
            vec![page(["d", "c"], json!({ "next": "/api/orders?after=x" })), page(["b", "a"], json!({}))],
        ),
        ("second-page-fails", vec![page(["d", "c"], json!({ "next": "/api/orders?after=x" })), not_found()]),
        (
            "status",
            vec![json_answer(
                200,
                json!({ "status": "COMPLETED", "position": 42, "projections": { "order_views": { "position": 43, "lag": 2 } } }),
            )],
        ),
        (
            "followed-over-a-cut",
            vec![
                events(&format!("{}{}id: 50\ndata: {{\"ord", event(3, 42), event(4, 47)), Then::Break),
                unavailable(),
                events(&format!(": still here\n\n{}", event(5, 50)), Then::Hold),
            ],
        ),
        (
            "followed-to-the-end",
            vec![events(&event(3, 42), Then::End), Answer::Whole(204, vec![], String::new())],
        ),
        (
            "followed-until-erased",
            vec![events(&event(3, 42), Then::End), json_answer(410, problem(410, "Gone", json!({})))],
        ),
        (
            "followed-before-it-is-there",
            vec![events("event: timeout\ndata: {}\n\n", Then::End), events(&event(0, 9), Then::Hold)],
        ),
        (
            "followed-down",
            vec![events(&event(3, 42), Then::End), unavailable(), unavailable(), unavailable()],
        ),
    ]
}

/// The receipt that every command is answered with.
pub(crate) fn receipt() -> Value {
    json!({
        "orderId": "ORD-1", "correlationId": CORRELATION, "revision": 3, "position": 42, "status": "PROCESSING",
        "links": {
            "self": "/api/orders/ORD-1",
            "status": format!("/api/orders/ORD-1/status?correlation={CORRELATION}"),
            "stream": format!("/api/orders/ORD-1/stream?correlation={CORRELATION}&once=true"),
        },
    })
}

fn order(version: u64) -> Value {
    json!({ "orderId": "ORD-1", "status": "draft", "total": 129.99, "version": version })
}

fn view(version: u64, position: u64) -> Answer {
    let headers = vec![("etag", format!("\"{version}-{position}\"")), ("x-position", "44".to_owned())];
    Answer::Whole(200, headers, order(version).to_string())
}

fn event(version: u64, position: u64) -> String {
    format!("id: {position}\ndata: {}\n\n", order(version))
}

fn events(text: &str, then: Then) -> Answer {
    Answer::Events(text.to_owned(), then)
}

fn pending() -> Answer {
    let body = json!({ "status": "PROCESSING", "message": "not yet", "retryAfter": 0 });
    Answer::Whole(202, vec![("retry-after", "0".into())], body.to_string())
}

fn timeout() -> Answer {
    let body = problem(408, "Timeout", json!({ "retryAfter": 0 }));
    Answer::Whole(408, vec![("retry-after", "0".into()), ("connection", "close".into())], body.to_string())
}

fn unavailable() -> Answer {
    retry_later(503, "0")
}

fn not_found() -> Answer {
    json_answer(404, problem(404, "Not found", json!({})))
}

fn broken(status: u16) -> Answer {
    Answer::Broken(status, vec![("content-length", "1000".into())], "{\"orderId\"".into())
}

fn retry_later(status: u16, seconds: &str) -> Answer {
    Answer::Whole(
        status,
        vec![("retry-after", seconds.into())],
        problem(status, "Try later", json!({})).to_string(),
    )
}

fn json_answer(status: u16, body: Value) -> Answer {
    Answer::Whole(status, vec![("content-type", "application/json".into())], body.to_string())
}

fn at(pointer: &str) -> Value {
    json!({ "pointer": pointer, "detail": "not in 1..=10000" })
}

fn problem(status: u16, title: &str, more: Value) -> Value {
    let mut problem = json!({
        "type": "about:blank", "title": title, "status": status, "detail": "so it is", "error": title,
        "message": "so it is", "correlationId": CORRELATION,
    });
    let members = more.as_object().cloned().unwrap_or_default();
    problem.as_object_mut().unwrap().extend(members);
    problem
}

fn subscribed() -> Value {
    json!({ "type": "Subscribed", "position": 41 })
}

fn updated(correlation: &str) -> Value {
    json!({ "type": "OrderViewUpdated", "correlationId": correlation, "orderId": "ORD-1", "position": 42 })
}
