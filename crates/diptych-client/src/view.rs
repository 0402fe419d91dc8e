//! Reading a view: what a read model has of one thing, and from which place it is.
//!
//! A read model runs behind the log, by a little. [`Client::get`] takes what is there; [`Client::get_at`] waits until
//! what a receipt stands for is in it. Invariant: only 200 is "there"; 202 is "not yet", and never a view.

use std::fmt;
use std::str::FromStr;

use reqwest::header::ETAG;
use reqwest::{Method, Response, StatusCode};
use serde::de::DeserializeOwned;

use crate::problem::{retry_after, text};
use crate::retry::until;
use crate::wait::long_request;
use crate::{Client, Error, Receipt};

/// What a read model has, and the place it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View<T> {
    /// What was asked for.
    pub value: T,
    /// Place of the last change of the thing in its stream, 0-based: what a command's `version` must be. Lists and
    /// statistics have none.
    pub version: Option<u64>,
    /// The name of exactly this state of the view, for [`Command::if_match`](crate::Command::if_match).
    pub etag: Option<ETag>,
    /// The position that the read model reflects; of a view that came as an event, that of its last change.
    pub position: Option<u64>,
}

/// The name of one state of a view: its version and the position of its last change. Written `"3-42"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ETag {
    /// Place of the last change in the stream, 0-based.
    pub version: u64,
    /// Place of the last change in the whole store.
    pub position: u64,
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}-{}\"", self.version, self.position)
    }
}

impl FromStr for ETag {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).ok_or(())?;
        let (version, position) = quoted.split_once('-').ok_or(())?;
        let number = |digits: &str| digits.parse().map_err(|_| ());
        Ok(Self { version: number(version)?, position: number(position)? })
    }
}

impl Client {
    /// Reads the view at a path as it is now.
    ///
    /// ```no_run
    /// # async fn example(shop: diptych_client::Client) -> Result<(), diptych_client::Error> {
    /// let order = shop.get::<serde_json::Value>("/api/orders/ORD-001").await?;
    /// println!("{} at version {:?}", order.value["status"], order.version);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotYet`] when the thing exists and the read model has not come to it, [`Error::NotFound`] when it
    /// exists nowhere; others as their kinds say.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<View<T>, Error> {
        let url = self.url(path)?;
        let again = |error: &Error| error.is_transient() && !matches!(error, Error::NotYet { .. });
        until(self.policy.deadline(), self.policy.delays(), again, || async {
            let request = self.request(Method::GET, url.clone()).timeout(self.policy.per_attempt());
            read(self.answer(request, None).await?, None).await
        })
        .await
    }

    /// Reads the view at any path, once it holds what a receipt stands for. Waits by long request, for as long as
    /// the [`RetryPolicy`](crate::RetryPolicy) gives a call.
    ///
    /// ```no_run
    /// # async fn example(shop: diptych_client::Client) -> Result<(), diptych_client::Error> {
    /// let receipt = shop.post("/api/orders/ORD-001/submit", ()).await?;
    /// let day = shop.get_at::<serde_json::Value>("/api/stats/dashboard", &receipt).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] when it did not come so far in time; others as their kinds say.
    pub async fn get_at<T: DeserializeOwned>(&self, path: &str, receipt: &Receipt) -> Result<View<T>, Error> {
        let deadline = self.policy.deadline();
        self.waiting(receipt, deadline, || long_request::attempt(self, path, receipt, deadline)).await
    }
}

/// Reads a view from an answer with a good status.
pub(crate) async fn read<T: DeserializeOwned>(
    response: Response,
    correlation_id: Option<&str>,
) -> Result<View<T>, Error> {
    let headers = response.headers().clone();
    if response.status() == StatusCode::ACCEPTED {
        let correlation_id = correlation_id.map(ToOwned::to_owned);
        return Err(Error::NotYet { retry_after: retry_after(&headers), correlation_id });
    }
    let body = response.bytes().await.map_err(|error| Error::of_connection(error, correlation_id))?;
    let value = parse(&body, "a view of the type asked for", correlation_id)?;
    let etag = headers.get(ETAG).and_then(|value| value.to_str().ok()?.parse::<ETag>().ok());
    let position = text(&headers, "x-position").and_then(|digits| digits.parse().ok());
    Ok(View { value, version: etag.map(|etag| etag.version), etag, position })
}

/// Reads JSON, and says what it should have been when it is not.
pub(crate) fn parse<T: DeserializeOwned>(
    body: &[u8],
    expected: &'static str,
    correlation_id: Option<&str>,
) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|source| Error::Unreadable {
        expected,
        correlation_id: correlation_id.map(ToOwned::to_owned),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_is_written_as_it_is_read() {
        let etag: ETag = "\"3-42\"".parse().unwrap();
        assert_eq!((etag.version, etag.position), (3, 42));
        assert_eq!(etag.to_string(), "\"3-42\"");
    }

    #[test]
    fn what_is_no_etag_of_ours_is_none() {
        for text in ["3-42", "W/\"3-42\"", "\"3\"", "\"\"", "\"3-x\"", "*", "\""] {
            assert_eq!(text.parse::<ETag>(), Err(()), "{text}");
        }
    }
}
