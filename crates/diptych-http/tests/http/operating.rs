//! Health and metrics.

use diptych_http::ServerOptions;
use serde_json::{Value, json};

use crate::served::{Served, within};

#[tokio::test]
async fn a_bank_is_live_and_ready() {
    let bank = Served::start().await;
    assert_eq!(bank.json("/livez").await, json!({ "status": "live" }));
    assert_eq!(bank.json("/readyz?strict=true").await, json!({ "status": "ready", "reasons": [] }));
    assert_eq!(bank.get("/readyz?strict=perhaps").await.status(), 422);
    bank.stopped().await;
}

#[tokio::test]
async fn a_projection_that_failed_makes_it_degraded_and_strictly_not_ready() {
    let bank = Served::start().await;
    bank.open("A-1", "P-1").await;
    let poison = bank.deposit("A-1", -1).await;
    let failed = async {
        loop {
            let health = bank.json("/readyz").await;
            if health["status"] == "degraded" {
                return health;
            }
            tokio::task::yield_now().await;
        }
    };
    let health = within(failed).await;
    let reason = health["reasons"][0].as_str().unwrap();
    assert!(reason.contains("account_views") && reason.contains("less than nothing"), "{reason}");
    let strict = bank.get("/readyz?strict=true").await;
    assert_eq!(strict.status(), 503);
    assert_eq!(strict.headers()["content-type"], "application/problem+json");
    let problem: Value = serde_json::from_str(&strict.text().await.unwrap()).unwrap();
    assert!(problem["reasons"][0].as_str().unwrap().contains("account_views"));
    assert!(poison.position > 0);
    bank.stopped().await;
}

#[tokio::test]
async fn requests_and_lag_are_measured_by_route() {
    let bank = Served::start().await;
    bank.open("A-1", "P-1").await;
    for path in ["/api/accounts/A-9", "/api/accounts/A-8", "/nothing/1", "/nothing/2"] {
        assert_eq!(bank.get(path).await.status(), 404);
    }
    let answer = bank.get("/metrics").await;
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    let text = answer.text().await.unwrap();
    for line in [
        r#"diptych_http_requests_total{method="GET",route="/api/accounts/{id}",status="404"} 2"#,
        r#"diptych_http_requests_total{method="GET",route="none",status="404"} 2"#,
        r#"diptych_http_requests_total{method="POST",route="/api/accounts",status="202"} 1"#,
        r#"diptych_http_request_duration_seconds_count{method="POST",route="/api/accounts"} 1"#,
        r#"diptych_commands_total{command="Open""#,
        r#"diptych_projection_lag_events{name="account_views"}"#,
        r#"diptych_projection_lag_seconds{name="account_views"}"#,
        r#"diptych_projection_failed{name="person_views"} 0"#,
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
    bank.stopped().await;
}

#[tokio::test]
async fn over_the_rate_it_is_429_and_says_when_to_come_back() {
    let rate = std::num::NonZeroU32::new(2);
    let bank = Served::with(ServerOptions { rate, ..ServerOptions::default() }).await;
    let refused = async {
        loop {
            let answer = bank.get("/api/accounts/none").await;
            if answer.status() != 404 {
                return answer;
            }
        }
    };
    let answer = within(refused).await;
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "1");
    let problem: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(problem["title"], "Too Many Requests");
    bank.stopped().await;
}
