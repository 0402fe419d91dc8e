//! The state of one article: whether there is one, and whose it is.

use diptych::{Id, State};

use super::ArticleEvent;
use crate::accounts::UserId;

/// Names an article.
#[derive(Id)]
pub struct ArticleId(String);

/// One article, folded from its stream.
#[derive(State, Debug, PartialEq)]
#[state(category = "article", events = ArticleEvent, snapshot(every = 100))]
pub struct Article {
    author: Option<UserId>,
}

impl Article {
    /// Whose it is; none if it was never published.
    #[must_use]
    pub const fn author(&self) -> Option<&UserId> {
        self.author.as_ref()
    }

    fn evolve(&mut self, event: &ArticleEvent) {
        match event {
            ArticleEvent::ArticlePublished { author_id, .. } => self.author = Some(author_id.clone()),
        }
    }
}
