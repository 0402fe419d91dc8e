//! What is served for people and tools: the document, the page, the client.

use reqwest::Method;
use serde_json::Value;

use crate::served::{Served, within};

#[tokio::test]
async fn the_document_has_every_route_of_the_bank_and_our_own() {
    let bank = Served::start().await;
    let document = bank.json("/openapi.json").await;
    for (path, method) in [
        ("/api/accounts", "post"),
        ("/api/accounts/{id}", "get"),
        ("/api/accounts/{id}/deposit", "post"),
        ("/api/accounts/{id}/status", "get"),
        ("/api/accounts/{id}/stream", "get"),
        ("/api/admin/projections/{name}/{operation}", "post"),
        ("/readyz", "get"),
    ] {
        assert!(document["paths"][path][method].is_object(), "{method} {path}");
    }
    let receipt = &document["paths"]["/api/accounts"]["post"]["responses"]["202"]["content"]["application/json"]
        ["schema"];
    assert!(receipt["properties"]["accountId"].is_object());
    bank.stopped().await;
}

#[tokio::test]
async fn what_does_not_change_is_sent_once() {
    let bank = Served::start().await;
    for (path, media_type) in [
        ("/openapi.json", "application/json"),
        ("/docs", "text/html"),
        ("/docs/docs.js", "text/javascript"),
        ("/docs/docs.css", "text/css"),
        ("/client.js", "text/javascript"),
    ] {
        let first = bank.get(path).await;
        assert_eq!(first.status(), 200, "{path}");
        assert!(first.headers()["content-type"].to_str().unwrap().starts_with(media_type), "{path}");
        assert_eq!(first.headers()["cache-control"], "no-cache", "{path}");
        let again = bank.request(Method::GET, path).header("if-none-match", &first.headers()["etag"]);
        assert_eq!(within(again.send()).await.unwrap().status(), 304, "{path}");
    }
    bank.stopped().await;
}

#[tokio::test]
async fn the_page_has_a_form_per_operation_and_asks_no_other_host() {
    let bank = Served::start().await;
    let document: Value = bank.json("/openapi.json").await;
    let answer = bank.get("/docs").await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
    let page = answer.text().await.unwrap();
    let operations: usize =
        document["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum();
    assert_eq!(page.matches("<form").count(), operations);
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("onclick"));
    bank.stopped().await;
}
