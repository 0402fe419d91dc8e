//! The console in a real browser: Chromium, driven through its WebDriver. [`looks`]: every page, wide and narrow, light and
//! dark. [`story`]: what an operator does.
//!
//! `DIPTYCH_TEST_CHROMEDRIVER` is the driver, `DIPTYCH_TEST_AXE` the file of axe-core; `cargo xtask test` gets both. With
//! `DIPTYCH_TEST_EMBEDDED=1` such tests say that they are left out.

mod looks;
mod story;

use std::{path::PathBuf, process::Stdio};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::served::{Served, within};

/// Keeps Chromium to this machine, and from what it does at a first start.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

/// What the browser and its tests need; none where they are left out.
fn tools() -> Option<(String, PathBuf)> {
    let of = |name| std::env::var(name).ok();
    match (of("DIPTYCH_TEST_CHROMEDRIVER"), of("DIPTYCH_TEST_AXE")) {
        (Some(driver), Some(axe)) => Some((driver, axe.into())),
        _ if of("DIPTYCH_TEST_EMBEDDED").is_some() => {
            eprintln!("left out: there is no browser");
            None
        }
        _ => panic!(
            "DIPTYCH_TEST_CHROMEDRIVER and DIPTYCH_TEST_AXE name no browser; `cargo xtask test` gets it, and \
             DIPTYCH_TEST_EMBEDDED=1 leaves such tests out"
        ),
    }
}

/// A browser that looks at a bank.
pub(super) struct Browser {
    client: Client,
    base: String,
    axe: String,
}

/// Runs a test in a browser of its own, and ends the browser whatever comes of it: one that is left would outlive the test.
async fn with_browser<F>(bank: &Served, test: impl FnOnce(Browser) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Some((driver, axe)) = tools() else { return };
    let (mut driver, url) = started(&driver).await;
    let profile = TempDir::new().unwrap();
    let flags = FLAGS.iter().map(|flag| (*flag).to_owned());
    let own = format!("--user-data-dir={}", profile.path().display());
    let flags: Vec<_> = flags.chain([own]).collect();
    let Value::Object(wanted) = json!({ "goog:chromeOptions": { "args": flags } }) else { unreachable!() };
    let mut builder = ClientBuilder::new(HttpConnector::new());
    let client = within(builder.capabilities(wanted).connect(&url)).await.unwrap();
    let base = format!("http://{}", bank.address);
    let axe = std::fs::read_to_string(axe).unwrap();
    let tested = tokio::spawn(test(Browser { client: client.clone(), base, axe })).await;
    within(client.close()).await.unwrap();
    driver.kill().await.unwrap();
    if let Err(failed) = tested {
        std::panic::resume_unwind(failed.into_panic());
    }
}

/// The driver on a port that it chose, which it tells on its output.
async fn started(driver: &str) -> (Child, String) {
    let mut command = Command::new(driver);
    command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told = async {
        loop {
            let line = lines.next_line().await.unwrap().expect("the driver ended");
            let port = line
                .split("started successfully on port ")
                .nth(1)
                .map(|port| port.trim_end_matches('.').to_owned());
            if let Some(port) = port {
                return port;
            }
        }
    };
    let port = within(told).await;
    (child, format!("http://127.0.0.1:{port}"))
}

impl Browser {
    async fn goto(&self, path: &str) {
        within(self.client.goto(&format!("{}{path}", self.base))).await.unwrap();
    }

    async fn run(&self, script: &str) -> Value {
        within(self.client.execute(script, Vec::new())).await.unwrap()
    }

    /// Waits until what the script says is true, whatever page it comes to be true on.
    async fn until(&self, script: &str) {
        let waiting = async {
            loop {
                // Between two pages there is nothing that could be asked.
                if self
                    .client
                    .execute(&format!("return Boolean({script})"), Vec::new())
                    .await
                    .is_ok_and(|is| is == true)
                {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(crate::served::DEADLINE, waiting).await.is_err() {
            panic!("{script} is not so on {}", self.text().await);
        }
    }

    async fn says(&self, text: &str) {
        let text = Value::from(text);
        self.until(&format!("document.body.innerText.includes({text})")).await;
    }

    async fn text(&self) -> String {
        self.run("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    async fn find(&self, css: &str) -> Element {
        within(self.client.wait().for_element(Locator::Css(css)))
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// Clicks, also where the page is being renewed at that moment.
    async fn click(&self, css: &str) {
        let clicking = async {
            while self.find(css).await.click().await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        within(clicking).await;
    }

    async fn fill(&self, css: &str, text: &str) {
        within(self.find(css).await.send_keys(text)).await.unwrap();
    }

    /// Asks for an operation and agrees to it.
    async fn operate(&self, operation: &str) {
        self.click(&format!("#act-{operation} > summary")).await;
        self.click(&format!("#act-{operation} button")).await;
        self.says(&format!("Done: {operation}.")).await;
    }

    async fn resize(&self, wide: u32, high: u32) {
        within(self.client.set_window_size(wide, high)).await.unwrap();
    }

    /// What axe-core finds that is serious.
    async fn serious(&self) -> Vec<String> {
        let run = "const done = arguments[arguments.length - 1]; \
                   axe.run(document, { resultTypes: ['violations'] }).then( \
                     (found) => done(found.violations.filter((one) => ['serious', 'critical'].includes(one.impact)) \
                       .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html + ' ' + node.failureSummary).join(' | ')}`)), \
                     (error) => done([String(error)]))";
        within(self.client.execute(&self.axe, Vec::new())).await.unwrap();
        let found = within(self.client.execute_async(run, Vec::new())).await.unwrap();
        found.as_array().unwrap().iter().map(ToString::to_string).collect()
    }
}
