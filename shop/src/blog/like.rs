//! The state between an article and a user: whether they like it.

use diptych::{Id, State};

use super::{ArticleId, LikeEvent};
use crate::{accounts::UserId, pair};

/// Names a pair of an article and a user.
#[derive(Id)]
pub struct LikeId(String);

impl LikeId {
    /// The pair of these two.
    #[must_use]
    pub fn of(article: &ArticleId, user: &UserId) -> Self {
        Self(pair::of(article, user))
    }
}

/// Whether a user likes an article, folded from the stream of the pair.
#[derive(State, Debug, PartialEq)]
#[state(category = "like", events = LikeEvent, snapshot(every = 100))]
pub struct Like {
    given: bool,
}

impl Like {
    /// Whether they do at present.
    #[must_use]
    pub const fn is_given(&self) -> bool {
        self.given
    }

    fn evolve(&mut self, event: &LikeEvent) {
        self.given = match event {
            LikeEvent::ArticleLiked { .. } => true,
            LikeEvent::ArticleUnliked { .. } => false,
        };
    }
}
