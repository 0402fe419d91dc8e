//! Like an article no more.
//!
//! It is addressed to the article, but recorded in the stream of the pair: of two who like one article at the same time,
//! neither waits for the other.

use diptych::{At, Command, Context, Events, Rejection, StreamId, command::States};

use super::{Article, ArticleId, Like, LikeEvent, LikeId};
use crate::accounts::{User, UserId};

/// Like an article no more.
#[derive(Clone, Debug)]
pub struct UnlikeArticle {
    /// Which.
    pub article_id: ArticleId,
    /// Who does.
    pub user_id: UserId,
}

/// Why a like is not taken back.
#[derive(Rejection)]
pub enum UnlikeArticleRejection {
    /// There is no such article.
    #[reject(not_found)]
    ArticleNotFound,
    /// There is no such user.
    #[reject(not_found)]
    UserNotFound,
    /// They do not like it.
    #[reject(rule, "{user_id} does not like {article_id}")]
    NotLiked {
        /// Who was said to like it.
        user_id: UserId,
        /// What.
        article_id: ArticleId,
    },
}

impl Command for UnlikeArticle {
    const NAME: &'static str = "UnlikeArticle";
    type Reads = (At<Article>, At<User>, At<Like>);
    type Rejection = UnlikeArticleRejection;

    fn target(&self) -> StreamId {
        StreamId::of("article", &self.article_id)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        let pair = LikeId::of(&self.article_id, &self.user_id);
        (At::id(&self.article_id), At::id(&self.user_id), At::id(&pair))
    }

    fn decide(&self, states: &States<Self>, _: &Context) -> Result<Events, UnlikeArticleRejection> {
        let (article, user, like) = states;
        let Self { article_id, user_id } = self.clone();
        let author_id = article.author().cloned().ok_or(UnlikeArticleRejection::ArticleNotFound)?;
        if !user.exists() {
            return Err(UnlikeArticleRejection::UserNotFound);
        }
        if !like.is_given() {
            return Err(UnlikeArticleRejection::NotLiked { user_id, article_id });
        }
        let pair = StreamId::of("like", &LikeId::of(&article_id, &user_id));
        Ok(Events::one(pair, LikeEvent::ArticleUnliked { article_id, author_id, user_id }))
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::blog::example::{article, known, liked, published, unliked, user};

    fn unlike(who: &str) -> UnlikeArticle {
        UnlikeArticle { article_id: article("ART-1"), user_id: user(who) }
    }

    #[test]
    fn who_likes_can_stop_once() {
        let history =
            || [known("ann"), known("bob"), published("ART-1", "ann"), liked("ART-1", "ann", "bob")];
        given(history()).when(unlike("bob")).then([unliked("ART-1", "ann", "bob")]);
        given(history()).and([unliked("ART-1", "ann", "bob")]).when(unlike("bob")).then_rejected(
            UnlikeArticleRejection::NotLiked { user_id: user("bob"), article_id: article("ART-1") },
        );
    }

    #[test]
    fn the_like_of_another_is_not_taken_back() {
        given([known("ann"), known("bob"), published("ART-1", "ann"), liked("ART-1", "ann", "bob")])
            .when(unlike("ann"))
            .then_rejected(UnlikeArticleRejection::NotLiked {
                user_id: user("ann"),
                article_id: article("ART-1"),
            });
    }

    #[test]
    fn both_must_exist_and_the_article_is_looked_at_first() {
        given([known("ann"), published("ART-1", "ann")])
            .when(unlike("bob"))
            .then_rejected(UnlikeArticleRejection::UserNotFound);
        given_nothing().when(unlike("bob")).then_rejected(UnlikeArticleRejection::ArticleNotFound);
    }
}
