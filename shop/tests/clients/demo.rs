//! `shop demo` plays its story to the end.

use std::process::Stdio;

use diptych_testkit::deadline::within;

use crate::{
    program::{Program, output, text},
    restart::folder,
};

const STEPS: [&str; 10] = [
    "→ POST /api/users",
    "→ POST /api/orders",
    "/status?correlation=",
    "&wait=true",
    "\"totalRevenue\": 239.47",
    "← 202 Accepted",
    "← 200 OK, ETag \"0-2\", X-Position",
    "← 409 ",
    "lines are added to drafts only",
    "\"currentVersion\": 1",
];

#[tokio::test]
async fn the_story_is_told_with_requests_and_answers() {
    let told = output(&["demo"]).await;
    let story = text(&told.stdout);
    assert!(told.status.success(), "{story}\n{}", text(&told.stderr));
    for step in STEPS {
        assert!(story.contains(step), "{step} is missing in:\n{story}");
    }
    assert_eq!(story.matches("← 409").count(), 2, "{story}");
    assert!(!story.contains('\u{1b}'), "no colours where there is no terminal");
}

#[tokio::test]
async fn a_listener_that_leaves_early_is_no_error() {
    let mut child =
        crate::program::shop(&["demo"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = within("it ends", child.wait_with_output()).await.unwrap();
    assert_eq!((ended.status.code(), text(&ended.stderr).as_str()), (Some(0), ""));
}

#[tokio::test]
async fn a_store_in_the_environment_is_not_touched() {
    let (folder, store) = folder();
    let told = crate::program::shop(&["demo"]).env("DIPTYCH_STORE", &store).output().await.unwrap();
    assert!(told.status.success(), "{}", text(&told.stderr));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let told = output(&["demo", "--store", &store]).await;
    assert!(told.status.success(), "{}", text(&told.stderr));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "the flag says to use it");
}

#[tokio::test]
async fn the_story_can_be_played_on_a_running_server_again_and_again() {
    let shop = Program::serving("memory:").await;
    for _ in 0..2 {
        let told = output(&["demo", "--url", &shop.url]).await;
        assert!(told.status.success(), "{}", text(&told.stderr));
    }
    let dashboard = shop.client().get::<serde_json::Value>("/api/stats/dashboard").await.unwrap();
    assert_eq!(dashboard.value["shippedOrders"], 2);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error() {
    let told = output(&["demo", "--url", "ftp://127.0.0.1"]).await;
    assert_eq!(told.status.code(), Some(1));
    assert!(text(&told.stderr).contains("is not the address of an HTTP server"), "{}", text(&told.stderr));
}
