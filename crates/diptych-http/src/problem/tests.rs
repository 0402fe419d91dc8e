//! Problems as callers see them.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::{
    Router,
    body::Body,
    http::{Request, header},
    middleware,
    routing::{get, post},
};
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;

use super::*;
use crate::{
    body::{BodyError, from_json},
    correlation::{self, Draw},
    headers::CorrelationId,
};

async fn json_of(response: Response) -> Value {
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

#[tokio::test]
async fn a_problem_has_every_member_of_the_contract() {
    let response = Problem::invalid("/items/0/quantity", "must be more").correlated("c-1").into_response();
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    let detail = "/items/0/quantity: must be more";
    let expected = json!({
        "type": "urn:diptych:problem:validation-failed",
        "title": "Validation Failed",
        "status": 422,
        "detail": detail,
        "correlationId": "c-1",
        "error": "Validation Failed",
        "message": detail,
        "errors": [{ "pointer": "/items/0/quantity", "detail": "must be more" }],
    });
    assert_eq!(json_of(response).await, expected);
}

#[tokio::test]
async fn a_timeout_asks_to_come_again_on_another_connection() {
    let response = Problem::timeout("not there after 5 s").into_response();
    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
    assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    assert_eq!(response.headers()[header::CONNECTION], "close");
    let json = json_of(response).await;
    assert_eq!(
        (&json["title"], &json["error"], &json["retryAfter"]),
        (&json!("Timeout"), &json!("Timeout"), &json!(1))
    );
}

#[test]
fn every_outcome_of_the_contract_has_its_status() {
    for (problem, status, retries) in [
        (Problem::malformed("x"), 400, false),
        (Problem::unauthorized("x"), 401, false),
        (Problem::forbidden("x"), 403, false),
        (Problem::not_found("x"), 404, false),
        (Problem::timeout("x"), 408, true),
        (Problem::rule("not-draft", "Order Not Draft", "x"), 409, false),
        (Problem::version_conflict(3), 409, false),
        (Problem::gone("x"), 410, false),
        (Problem::precondition_failed(Some(3)), 412, false),
        (Problem::from(BodyError::TooLarge), 413, false),
        (Problem::from(BodyError::Encoded), 415, false),
        (Problem::invalid("", "x"), 422, false),
        (Problem::invalid_parameter("page", "x"), 422, false),
        (Problem::key_reused(), 422, false),
        (Problem::precondition_required(), 428, false),
        (Problem::too_many_requests(3), 429, true),
        (Problem::unexpected(), 500, false),
        (Problem::unavailable("x", 2), 503, true),
        (Problem::outcome_unknown(), 504, false),
    ] {
        let response = problem.into_response();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers().contains_key(header::RETRY_AFTER), retries, "{status}");
        assert_eq!(response.headers().contains_key(header::CONNECTION), status == 408);
    }
}

#[test]
fn a_stale_version_is_answered_with_the_current_one() {
    let member = |problem: Problem| serde_json::to_value(problem).unwrap().get("currentVersion").cloned();
    assert_eq!(member(Problem::version_conflict(7)), Some(json!(7)));
    assert_eq!(member(Problem::precondition_failed(Some(7))), Some(json!(7)));
    assert_eq!(member(Problem::precondition_failed(None)), None);
}

#[test]
fn a_fault_is_named_where_it_is() {
    let errors = |problem: Problem| serde_json::to_value(problem).unwrap()["errors"].clone();
    let body = from_json::<std::collections::BTreeMap<String, u8>>(br#"{"a/b":-1}"#).unwrap_err();
    assert_eq!(errors(body.into())[0]["pointer"], "/a~1b");
    let whole = from_json::<std::collections::BTreeMap<String, u8>>(b"[]").unwrap_err();
    assert_eq!(errors(whole.into())[0]["pointer"], "");
    let headers = [("x-correlation-id".parse().unwrap(), "a b".parse().unwrap())].into_iter().collect();
    let header = CorrelationId::of(&headers).unwrap_err();
    assert_eq!(errors(header.into())[0]["header"], "X-Correlation-ID");
    let uri = "/?limit=101".parse().unwrap();
    let parameter = crate::params::Params::of(&uri).paging().unwrap_err();
    assert_eq!(errors(parameter.into())[0]["parameter"], "limit");
}

async fn panics() -> &'static str {
    panic!("on purpose")
}

fn app() -> Router {
    let drawn = AtomicU32::new(0);
    let draw = Draw::new(move || format!("drawn-{}", drawn.fetch_add(1, Ordering::Relaxed)).parse().unwrap());
    Router::new()
        .route("/ok", get(|| async { "ok" }).post(|| async { "ok" }))
        .route("/replay", post(|| async { ([(CorrelationId::HEADER, "first")], "ok") }))
        .route("/panic", get(panics))
        .fallback(no_such_route)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(on_panic))
        .layer(middleware::from_fn_with_state(draw, correlation::layer))
}

async fn ask(method: &str, uri: &str, correlation: Option<&str>) -> Response {
    let mut request = Request::builder().method(method).uri(uri);
    if let Some(id) = correlation {
        request = request.header(CorrelationId::HEADER, id);
    }
    app().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn every_answer_tells_the_correlation_id() {
    assert_eq!(ask("GET", "/ok", Some("mine")).await.headers()[CorrelationId::HEADER], "mine");
    assert_eq!(ask("GET", "/ok", None).await.headers()[CorrelationId::HEADER], "drawn-0");
    assert_eq!(ask("POST", "/replay", Some("mine")).await.headers()[CorrelationId::HEADER], "first");
}

#[tokio::test]
async fn a_problem_tells_it_too() {
    let response = ask("GET", "/nowhere", Some("mine")).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(json_of(response).await["correlationId"], "mine");
}

#[tokio::test]
async fn a_malformed_correlation_id_is_refused_under_a_new_one() {
    let response = ask("GET", "/ok", Some("a b")).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let json = json_of(response).await;
    assert_eq!(json["errors"][0]["header"], "X-Correlation-ID");
    assert_eq!(json["correlationId"], "drawn-0");
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    for method in ["DELETE", "BREW"] {
        let response = ask(method, "/ok", None).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[header::ALLOW], "GET,HEAD,POST");
        assert_eq!(json_of(response).await["status"], 405);
    }
}

#[tokio::test]
async fn a_panic_is_a_problem_that_tells_nothing_of_it() {
    let response = ask("GET", "/panic", None).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let json = json_of(response).await;
    assert!(!json.to_string().contains("on purpose"));
    assert_eq!(json["correlationId"], "drawn-0");
}
