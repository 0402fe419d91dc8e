//! One request that the server answers when the view is there: `wait=true&timeoutMs=`.
//!
//! The server waits on what tells it of the commit, so the answer comes without a delay of anyone's choosing. A 408
//! is asked again while the deadline allows.

use std::time::Duration;

use reqwest::Method;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::view::read;
use crate::{Client, Error, Receipt, View};

/// The longest that the server waits for one request.
const LONGEST: Duration = Duration::from_secs(30);

/// Asks for the view at `path` once it has come to the receipt's position, waiting at the server.
pub(crate) async fn attempt<T: DeserializeOwned>(
    client: &Client,
    path: &str,
    receipt: &Receipt,
    deadline: Instant,
) -> Result<View<T>, Error> {
    let patience = deadline.saturating_duration_since(Instant::now()).min(LONGEST);
    let mut url = client.url(path)?;
    url.query_pairs_mut()
        .append_pair("position", &receipt.position.to_string())
        .append_pair("wait", "true")
        .append_pair("timeoutMs", &patience.as_millis().max(1).to_string());
    let correlation_id = Some(receipt.correlation_id.as_str());
    read(client.answer(client.request(Method::GET, url), correlation_id).await?, correlation_id).await
}
