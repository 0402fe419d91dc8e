//! Tells of news: each watch follows one value, the head.

use async_trait::async_trait;
use diptych_core::{Failure, FailureKind, Position, store::HeadWatch};
use tokio::sync::watch;

/// What all watches follow.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct News {
    pub(super) head: Position,
    pub(super) closed: bool,
}

/// One watch.
pub(super) struct MemoryWatch(pub(super) watch::Receiver<News>);

#[async_trait]
impl HeadWatch for MemoryWatch {
    async fn past(&mut self, position: Position) -> Result<Position, Failure> {
        match self.0.wait_for(|news| news.closed || news.head > position).await {
            Ok(news) if !news.closed => Ok(news.head),
            // The store was closed, or it is gone and its news with it.
            Ok(_) | Err(_) => Err(closed()),
        }
    }
}

/// What every call answers after the store was closed.
pub(super) fn closed() -> Failure {
    Failure::plain(FailureKind::Unavailable, "the memory store was closed")
}
