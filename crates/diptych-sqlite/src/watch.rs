//! Tells of news: each watch follows one value, the head.

use async_trait::async_trait;
use diptych_core::{Failure, Position, store::HeadWatch};
use tokio::sync::watch;

use crate::failure::closed;

/// What all watches follow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct News {
    /// The last position that is committed.
    pub(crate) head: Position,
    /// The writer has every event after this in memory.
    pub(crate) remembered: Position,
    /// Whether the store takes appends.
    pub(crate) open: bool,
}

/// One watch.
#[derive(Debug)]
pub(crate) struct SqliteWatch(pub(crate) watch::Receiver<News>);

#[async_trait]
impl HeadWatch for SqliteWatch {
    async fn past(&mut self, position: Position) -> Result<Position, Failure> {
        match self.0.wait_for(|news| !news.open || news.head > position).await {
            Ok(news) if news.open => Ok(news.head),
            // The store was closed, or its writer is gone and the news with it.
            Ok(_) | Err(_) => Err(closed()),
        }
    }
}
