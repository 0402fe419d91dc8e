//! Waiting until a view holds what a receipt stands for: four strategies, one result, one deadline.
//!
//! Each strategy is one file with one function, an *attempt*: it ends with the view, with "not yet", or with an
//! error. What is around it is here, the same for all: attempts are repeated with back-off until the deadline, and
//! what helps no more (404, 401, …) ends the waiting at once.

pub(crate) mod long_request;
mod polling;
mod sse;
mod websocket;

use std::future::Future;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::retry::until;
use crate::{Client, Error, Receipt, View};

/// By what means to wait. The result is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// One request that the server answers when the view is there. The best choice where nothing speaks against it.
    LongRequest,
    /// A request now and then, with growing pauses. Works through everything, is the slowest, and costs the most.
    Polling,
    /// A stream that gives the view as soon as it is there. Survives proxies that cut long requests short.
    Sse,
    /// A message over a socket when the view has changed, then a request for it.
    WebSocket,
}

impl Client {
    /// Waits until the thing that a command was about can be read as the command has left it, or later.
    ///
    /// ```no_run
    /// use diptych_client::{Error, Strategy};
    /// use std::time::Duration;
    ///
    /// # async fn example(shop: diptych_client::Client) -> Result<(), Error> {
    /// let receipt = shop.post("/api/orders/ORD-001/submit", ()).await?;
    /// match shop.wait_for::<serde_json::Value>(&receipt, Strategy::LongRequest, Duration::from_secs(5)).await {
    ///     Ok(order) => println!("{}", order.value["status"]),
    ///     Err(Error::Timeout { .. }) => println!("submitted; it will be visible in a while"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] when it did not become visible `within` this time, or when the server asked for a pause
    /// that is longer than what is left; the command is recorded all the same. Others as their kinds say.
    pub async fn wait_for<T: DeserializeOwned>(
        &self,
        receipt: &Receipt,
        strategy: Strategy,
        within: Duration,
    ) -> Result<View<T>, Error> {
        let deadline = Instant::now() + within;
        let view = &receipt.links.view;
        match strategy {
            Strategy::LongRequest => {
                self.waiting(receipt, deadline, || long_request::attempt(self, view, receipt, deadline)).await
            }
            Strategy::Polling => self.waiting(receipt, deadline, || polling::attempt(self, receipt)).await,
            Strategy::Sse => self.waiting(receipt, deadline, || sse::attempt(self, receipt)).await,
            Strategy::WebSocket => {
                self.waiting(receipt, deadline, || websocket::attempt(self, receipt)).await
            }
        }
    }

    /// Makes attempts until one finds the view, or none can before the deadline.
    pub(crate) async fn waiting<T, A>(
        &self,
        receipt: &Receipt,
        deadline: Instant,
        attempt: impl FnMut() -> A,
    ) -> Result<View<T>, Error>
    where
        A: Future<Output = Result<View<T>, Error>>,
    {
        let found = until(deadline, self.policy.endless_delays(), Error::is_transient, attempt).await;
        found.map_err(|error| timed_out(error, &receipt.correlation_id))
    }
}

/// What is still transient when the waiting ends is a timeout.
fn timed_out(mut error: Error, correlation_id: &str) -> Error {
    if let Error::Timeout { problem, .. } = &mut error {
        problem.correlation_id.get_or_insert_with(|| correlation_id.to_owned());
        return error;
    }
    if error.is_transient() { Error::out_of_time(Some(correlation_id), Some(error)) } else { error }
}
