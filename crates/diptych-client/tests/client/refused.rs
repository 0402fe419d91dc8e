//! Each refusal is of the kind that a caller acts upon, and is not tried again.

use diptych_client::{Error, Problem, Receipt};
use serde_json::json;

use crate::cases::{CORRELATION, server};

type OfKind = fn(&Error) -> bool;

async fn sent(case: &str) -> Result<Receipt, Error> {
    let server = server().await;
    let sent = server.client(case).post("/api/orders", json!({})).await;
    assert_eq!(server.asked(case).len(), 1, "{case} was tried again");
    sent
}

#[tokio::test]
async fn a_stale_version_comes_with_the_current_one() {
    for case in ["stale-version", "stale-etag"] {
        let error = sent(case).await.unwrap_err();
        assert_eq!(error.correlation_id(), Some(CORRELATION));
        assert!(matches!(error, Error::StaleVersion { current_version: Some(7), .. }), "{case}: {error:?}");
    }
}

#[tokio::test]
async fn a_rejection_names_its_rule() {
    let Err(Error::Rejected(problem)) = sent("rejected").await else { panic!() };
    let Problem { kind, title, detail, correlation_id, .. } = *problem;
    assert_eq!(
        (kind.as_str(), title.as_str(), detail.as_str()),
        ("/problems/not-draft", "Not a draft", "so it is")
    );
    assert_eq!(correlation_id.as_deref(), Some(CORRELATION));
}

#[tokio::test]
async fn invalid_input_is_pointed_at() {
    let Err(Error::Invalid(problem)) = sent("invalid").await else { panic!() };
    assert_eq!(problem.errors[0].pointer.as_deref(), Some("/items/0/quantity"));
    assert_eq!(problem.errors[0].detail, "not in 1..=10000");
    assert_eq!(problem.to_string(), "Invalid (422): so it is; /items/0/quantity: not in 1..=10000");
}

#[tokio::test]
async fn each_status_has_its_kind() {
    let kinds: [(&str, OfKind); 7] = [
        ("not-json", |error| matches!(error, Error::Invalid(_))),
        ("unauthorized", |error| matches!(error, Error::Unauthorized(_))),
        ("forbidden", |error| matches!(error, Error::Forbidden(_))),
        ("not-found", |error| matches!(error, Error::NotFound(_))),
        ("gone", |error| matches!(error, Error::Gone(_))),
        ("too-long", |error| matches!(error, Error::TooLong(_))),
        ("version-required", |error| matches!(error, Error::VersionRequired(_))),
    ];
    for (case, of_that_kind) in kinds {
        let error = sent(case).await.unwrap_err();
        assert!(of_that_kind(&error) && !error.is_transient(), "{case}: {error:?}");
        assert_eq!(error.correlation_id(), Some(CORRELATION), "{case}");
    }
}

#[tokio::test]
async fn a_page_of_a_proxy_is_a_problem_too() {
    let Err(Error::Forbidden(problem)) = sent("proxy-page").await else { panic!() };
    assert_eq!((problem.title.as_str(), problem.kind.as_str()), ("Forbidden", "about:blank"));
    assert_eq!(problem.detail, "<h1>Forbidden by a proxy</h1>");
    assert!(problem.correlation_id.is_some(), "the one that was sent");
}
