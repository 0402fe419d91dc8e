//! A request now and then: 200 is the only "there", 202 is "not yet".
//!
//! The pauses are those of `retry.rs`, with the `Retry-After` of the 202 on top.

use reqwest::Method;
use serde::de::DeserializeOwned;

use crate::view::read;
use crate::{Client, Error, Receipt, View};

/// Asks once for the view at the receipt's position.
pub(crate) async fn attempt<T: DeserializeOwned>(
    client: &Client,
    receipt: &Receipt,
) -> Result<View<T>, Error> {
    let mut url = client.url(&receipt.links.view)?;
    url.query_pairs_mut().append_pair("position", &receipt.position.to_string());
    let correlation_id = Some(receipt.correlation_id.as_str());
    let request = client.request(Method::GET, url).timeout(client.policy.per_attempt());
    read(client.answer(request, correlation_id).await?, correlation_id).await
}
