//! A stream of Server-Sent Events that gives the view as soon as it is there, and ends (`once=true`).
//!
//! A stream that breaks, or that the server ends for want of a view (`event: timeout`), is opened again. Nothing is
//! resumed: the first event that arrives whole is the view waited for.

use serde::de::DeserializeOwned;

use crate::events::{Next, Resume};
use crate::{Client, Error, Receipt, View};

/// Opens the receipt's stream and takes the first view from it.
pub(crate) async fn attempt<T: DeserializeOwned>(
    client: &Client,
    receipt: &Receipt,
) -> Result<View<T>, Error> {
    let url = client.url(&receipt.links.stream)?;
    let correlation_id = receipt.correlation_id.as_str();
    let mut resume = Resume::default();
    if let Some(mut events) = client.open_events(url, &resume, Some(correlation_id)).await?
        && let Next::View(view) = events.next(&mut resume).await?
    {
        return Ok(view);
    }
    Err(Error::NotYet { retry_after: None, correlation_id: Some(correlation_id.to_owned()) })
}
