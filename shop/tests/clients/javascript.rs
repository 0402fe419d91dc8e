//! `/client.js`, as the shop serves it, under Node against the running shop.
//!
//! Node 20 or later is needed on the `PATH`. With `DIPTYCH_TEST_EMBEDDED=1`, which asks for what needs nothing but Rust,
//! the test says that it does nothing.

use std::process::Stdio;

use diptych_testkit::deadline::within;
use tokio::process::Command;

use crate::program::Program;

#[tokio::test]
async fn the_javascript_client_passes_its_tests_against_the_shop() {
    if std::env::var_os("DIPTYCH_TEST_EMBEDDED").is_some_and(|value| value == "1") {
        println!("not run: DIPTYCH_TEST_EMBEDDED=1 asks for what needs no Node");
        return;
    }
    let shop = Program::serving("memory:").await;
    let answer = reqwest::get(format!("{}/client.js", shop.url)).await.unwrap().error_for_status().unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("text/javascript"), "{kind}");
    // Without a package.json beside it, Node takes a module by its ending alone.
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("client.mjs");
    std::fs::write(&module, answer.bytes().await.unwrap()).unwrap();

    let node = Command::new("node")
        .arg("--experimental-websocket")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/shop.test.mjs"))
        .env("SHOP", &shop.url)
        .env("CLIENT_JS", format!("file://{}", module.display()))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = within("Node ends", node)
        .await
        .expect("Node 20 or later is on the PATH (or set DIPTYCH_TEST_EMBEDDED=1)");
    let [stdout, stderr] =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert!(!stdout.contains("\n# tests 0\n"), "no test ran:\n{stdout}");
}
