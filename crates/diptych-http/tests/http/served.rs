//! A bank that is served in this process, and a client of it.

use std::{net::SocketAddr, time::Duration};

use diptych::Node;
use diptych_http::{Server, ServerOptions};
use futures::{SinkExt, StreamExt};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::JoinHandle};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, protocol::CloseFrame},
};
use tokio_util::sync::CancellationToken;

use crate::bank;

/// After so long a test has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, what).await.expect("it takes too long")
}

pub(crate) struct Served {
    pub(crate) node: Node,
    pub(crate) address: SocketAddr,
    client: reqwest::Client,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

/// What of a receipt the tests need.
pub(crate) struct Receipt {
    pub(crate) correlation: String,
    pub(crate) position: u64,
}

impl Served {
    pub(crate) async fn start() -> Self {
        Self::with(ServerOptions::default()).await
    }

    pub(crate) async fn with(options: ServerOptions) -> Self {
        let node = bank::app().start().await.unwrap();
        let listen = vec!["127.0.0.1:0".parse().unwrap()];
        let server =
            Server::bind(node.clone(), bank::routes(), ServerOptions { listen, ..options }).await.unwrap();
        let address = server.addresses()[0];
        let stop = CancellationToken::new();
        let running = tokio::spawn(server.run(stop.clone().cancelled_owned()));
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { node, address, client, stop, running }
    }

    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    pub(crate) async fn stopped(self) {
        self.stop.cancel();
        within(self.running).await.unwrap();
        self.node.shut_down().await.unwrap();
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        within(self.request(Method::GET, path).send()).await.unwrap()
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Response {
        within(self.request(Method::POST, path).body(body.to_string()).send()).await.unwrap()
    }

    pub(crate) async fn taken(&self, path: &str, body: Value) -> Receipt {
        let response = self.post(path, body).await;
        assert_eq!(response.status(), 202, "{path}: {:?}", response.text().await);
        let receipt: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        Receipt {
            correlation: receipt["correlationId"].as_str().unwrap().to_owned(),
            position: receipt["position"].as_u64().unwrap(),
        }
    }

    pub(crate) async fn open(&self, account: &str, owner: &str) -> Receipt {
        let body = json!({ "accountId": account, "owner": owner, "name": "Ann Smith" });
        self.taken("/api/accounts", body).await
    }

    pub(crate) async fn deposit(&self, account: &str, cents: i64) -> Receipt {
        self.taken(&format!("/api/accounts/{account}/deposit"), json!({ "cents": cents })).await
    }

    pub(crate) async fn socket(&self, path: &str) -> Socket {
        let url = format!("ws://{}{path}", self.address);
        let (socket, _) = within(tokio_tungstenite::connect_async(url)).await.unwrap();
        Socket(socket)
    }
}

pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn say(&mut self, message: Message) {
        within(self.0.send(message)).await.unwrap();
    }

    pub(crate) async fn subscribe(&mut self, to: Value) -> Value {
        self.say(Message::text(json!({ "subscribe": to }).to_string())).await;
        let answer = self.told().await;
        assert_eq!(answer["type"], "Subscribed", "{answer}");
        answer
    }

    pub(crate) async fn told(&mut self) -> Value {
        match within(self.0.next()).await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?} is no frame of text"),
        }
    }

    /// Why the server closes it; frames before that are passed over.
    pub(crate) async fn closed(&mut self) -> CloseFrame {
        loop {
            match within(self.0.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => return frame,
                Some(Ok(_)) => {}
                other => panic!("{other:?} is no closing"),
            }
        }
    }
}
