//! The real binary, serving or doing something else, and what the tests need of it.

use std::{
    net::SocketAddr,
    process::{Output, Stdio},
    time::Duration,
};

use diptych_client::{Client, Receipt, RetryPolicy};
use diptych_testkit::deadline::within;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// How long anything may take that a client waits for.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// The shop, serving. It is killed when this is dropped.
pub(crate) struct Program {
    child: Child,
    pub(crate) url: String,
}

/// The binary with these arguments, in no one's folder and without anyone's settings.
pub(crate) fn shop(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shop"));
    let settings = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DIPTYCH_"));
    for (name, _) in settings {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(env!("CARGO_TARGET_TMPDIR")).stdin(Stdio::null()).kill_on_drop(true);
    if arguments.iter().any(|argument| argument.starts_with("postgres:")) {
        command.env("DIPTYCH_MASTER_KEY", MASTER_KEY);
    }
    command
}

/// A master key, which a database wants to be given.
pub(crate) const MASTER_KEY: &str = "bm90IGEgc2VjcmV0LCBidXQgMzIgYnl0ZXMgbG9uZyE=";

/// What the binary prints with these arguments, once it has ended.
pub(crate) async fn output(arguments: &[&str]) -> Output {
    within("the program ends", shop(arguments).output()).await.unwrap()
}

/// What was printed, as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

impl Program {
    /// Serves on a free port.
    pub(crate) async fn serving(store: &str) -> Self {
        Self::serving_at(store, "127.0.0.1:0").await
    }

    /// Serves at an address, once it says that it listens.
    pub(crate) async fn serving_at(store: &str, address: &str) -> Self {
        let arguments = ["--store", store, "--listen", address, "--log", "warn", "serve"];
        let mut child = shop(&arguments).stdout(Stdio::piped()).spawn().unwrap();
        let url = Self::said_by(&mut child).await;
        Self { child, url }
    }

    /// Where it listens, once it says so.
    pub(crate) async fn said_by(child: &mut Child) -> String {
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = within("the shop listens", lines.next_line()).await.unwrap().expect("the shop has ended");
        line.strip_prefix("listening on ").expect("it says where it listens").to_owned()
    }

    /// Where it listens, without the scheme.
    pub(crate) fn address(&self) -> String {
        let address = self.url.strip_prefix("http://").unwrap();
        address.parse::<SocketAddr>().unwrap();
        address.to_owned()
    }

    /// A client of it, with the patience that one has by default.
    pub(crate) fn client(&self) -> Client {
        Client::new(&self.url).unwrap()
    }

    /// A client that outlives a restart.
    pub(crate) fn patient_client(&self) -> Client {
        let patient = RetryPolicy::default()
            .attempts(1_000)
            .min_delay(Duration::from_millis(10))
            .max_delay(Duration::from_millis(100))
            .give_up_after(2 * SOON);
        self.client().retry(patient)
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("it has not ended")
    }

    /// Waits for its end.
    pub(crate) async fn ended(mut self) {
        assert!(self.child.wait().await.unwrap().success());
    }

    /// Ends it without warning, as a power cut does.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// Registers a user and answers their id.
pub(crate) async fn customer(client: &Client) -> String {
    let email = format!("{}@example.org", diptych_client::Command::delete("/").idempotency_key());
    client.post("/api/users", json!({ "email": email, "displayName": "Ada Lovelace" })).await.unwrap().id
}

/// The body of an order with one line.
pub(crate) fn order_of(customer: &str) -> Value {
    json!({ "customerId": customer, "items": [{ "name": "Keyboard", "price": 129.99, "quantity": 2 }] })
}

/// Creates an order with one line.
pub(crate) async fn order(client: &Client, customer: &str) -> Receipt {
    client.post("/api/orders", order_of(customer)).await.unwrap()
}
