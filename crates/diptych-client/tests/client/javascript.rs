//! The JavaScript client, which the shop serves at `/client.js`, against the same scripts under Node.
//!
//! Node 20 or later is needed on the `PATH`. With `DIPTYCH_TEST_EMBEDDED=1`, which asks for what needs nothing but
//! Rust, the test says that it does nothing.

use std::process::Stdio;

use tokio::process::Command;

use crate::cases::server;

#[tokio::test]
async fn the_javascript_client_passes_its_tests_under_node() {
    if std::env::var_os("DIPTYCH_TEST_EMBEDDED").is_some_and(|value| value == "1") {
        println!("not run: DIPTYCH_TEST_EMBEDDED=1 asks for what needs no Node");
        return;
    }
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    // Without a package.json beside it, Node takes a module by its ending alone.
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("client.mjs");
    std::fs::copy(format!("{root}/diptych-http/assets/client.js"), &module).unwrap();

    let server = server().await;
    let node = Command::new("node")
        .arg("--experimental-websocket")
        .arg(format!("{root}/diptych-client/tests/js/client.test.mjs"))
        .env("SCRIPTS", &server.url)
        .env("CLIENT_JS", format!("file://{}", module.display()))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = node.await.expect("Node 20 or later is on the PATH (or set DIPTYCH_TEST_EMBEDDED=1)");
    let [stdout, stderr] =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert!(!stdout.contains("\n# tests 0\n"), "no test ran:\n{stdout}");
}
