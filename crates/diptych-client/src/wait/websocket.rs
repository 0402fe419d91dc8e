//! A message over `/ws` when the view has changed, then a request for the view.
//!
//! The socket subscribes to the receipt's correlation id, and is then told also of what is visible already, so it
//! does not matter which comes first. A message is a hint, the request is the truth: where one conversation changes
//! several views, those of the others are asked for in vain and the socket is listened to further.

use futures::{SinkExt, StreamExt};
use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::wait::polling;
use crate::{Client, Error, Problem, Receipt, View};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What a frame says, as far as it matters here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notice {
    #[serde(rename = "type")]
    kind: String,
    correlation_id: Option<String>,
}

/// Listens until the receipt's conversation has changed a view, and fetches the receipt's.
pub(crate) async fn attempt<T: DeserializeOwned>(
    client: &Client,
    receipt: &Receipt,
) -> Result<View<T>, Error> {
    let mut socket = subscribe(client, &receipt.correlation_id).await?;
    loop {
        hear_of(&mut socket, &receipt.correlation_id).await?;
        match polling::attempt(client, receipt).await {
            Err(Error::NotYet { .. }) => {}
            settled => return settled,
        }
    }
}

async fn subscribe(client: &Client, correlation_id: &str) -> Result<Socket, Error> {
    let lost = |error| sorted(error, correlation_id);
    let mut request = address(client)?.as_str().into_client_request().map_err(lost)?;
    if let Some((name, value)) = client.authorization() {
        let value =
            value.parse().map_err(|_| Error::BadRequest { reason: "the token is not a header".into() })?;
        request.headers_mut().insert(name, value);
    }
    let (mut socket, _) = connect_async(request).await.map_err(lost)?;
    let wish = json!({ "subscribe": { "correlationId": correlation_id } });
    socket.send(Message::text(wish.to_string())).await.map_err(lost)?;
    Ok(socket)
}

fn address(client: &Client) -> Result<Url, Error> {
    let mut url = client.url("/ws")?;
    let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
    url.set_scheme(scheme)
        .map_err(|()| Error::BadRequest { reason: format!("no socket can be had at {url}") })?;
    Ok(url)
}

/// Reads frames until one tells of a view that the conversation has changed.
async fn hear_of(socket: &mut Socket, correlation_id: &str) -> Result<(), Error> {
    while let Some(frame) = socket.next().await {
        let frame = frame.map_err(|error| sorted(error, correlation_id))?;
        let notice = frame.to_text().ok().and_then(|text| serde_json::from_str::<Notice>(text).ok());
        let ours = |notice: Notice| {
            notice.kind.ends_with("ViewUpdated") && notice.correlation_id.as_deref() == Some(correlation_id)
        };
        if notice.is_some_and(ours) {
            return Ok(());
        }
    }
    let source = "the server has closed the socket".into();
    Err(Error::Interrupted { correlation_id: Some(correlation_id.to_owned()), source })
}

/// A refused upgrade is an answer like any other; all else is a lost connection.
fn sorted(error: tungstenite::Error, correlation_id: &str) -> Error {
    if let tungstenite::Error::Http(response) = &error {
        let body = response.body().as_deref().unwrap_or_default();
        return Error::of(Problem::read(response.status(), response.headers(), body, Some(correlation_id)));
    }
    Error::Interrupted { correlation_id: Some(correlation_id.to_owned()), source: error.into() }
}
