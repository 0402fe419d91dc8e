//! Reading a list: page by page, or item by item over all pages.
//!
//! The next page is the one that the server links to, not a number counted up: so nothing is skipped or repeated
//! while others add to the list.

use std::collections::VecDeque;

use futures::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Client, Error};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Its number, 1-based, where pages are counted.
    pub page: Option<u64>,
    /// The most that is on a page.
    pub limit: u64,
    /// How many items the whole list has.
    pub total: u64,
    /// The neighbours.
    #[serde(default)]
    pub links: PageLinks,
}

/// The neighbours of a page; absent where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct PageLinks {
    /// The page after it.
    pub next: Option<String>,
    /// The page before it.
    pub prev: Option<String>,
}

/// A list under way: what is on the page at hand, and where the next one is.
struct Listing<T> {
    client: Client,
    items: VecDeque<T>,
    next: Option<String>,
}

impl Client {
    /// Reads one page of a list.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub async fn page<T: DeserializeOwned>(&self, path: &str) -> Result<Page<T>, Error> {
        Ok(self.get(path).await?.value)
    }

    /// The items of a list, one after the other; pages are fetched as they are needed.
    ///
    /// ```no_run
    /// use futures::TryStreamExt;
    ///
    /// # async fn example(shop: diptych_client::Client) -> Result<(), diptych_client::Error> {
    /// let paid: Vec<serde_json::Value> = shop.list("/api/orders?status=paid&limit=100").try_collect().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// An error, as of [`Client::get`], is the last that the stream gives.
    pub fn list<T>(&self, path: &str) -> impl Stream<Item = Result<T, Error>> + Send + Unpin + use<T>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let listing = Listing { client: self.clone(), items: VecDeque::new(), next: Some(path.to_owned()) };
        stream::unfold(listing, |mut listing| async { Some((listing.next().await?, listing)) }).fuse().boxed()
    }
}

impl<T: DeserializeOwned> Listing<T> {
    async fn next(&mut self) -> Option<Result<T, Error>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Some(Ok(item));
            }
            match self.client.page(&self.next.take()?).await {
                Ok(Page { items, links, .. }) => (self.items, self.next) = (items.into(), links.next),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
