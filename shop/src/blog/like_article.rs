//! Like an article.
//!
//! It is addressed to the article, but recorded in the stream of the pair: of two who like one article at the same time,
//! neither waits for the other.

use diptych::{At, Command, Context, Events, Rejection, StreamId, command::States};

use super::{Article, ArticleId, Like, LikeEvent, LikeId};
use crate::accounts::{User, UserId};

/// Like an article.
#[derive(Clone, Debug)]
pub struct LikeArticle {
    /// Which.
    pub article_id: ArticleId,
    /// Who does.
    pub user_id: UserId,
}

/// Why a user does not like an article.
#[derive(Rejection)]
pub enum LikeArticleRejection {
    /// There is no such article.
    #[reject(not_found)]
    ArticleNotFound,
    /// There is no such user.
    #[reject(invalid = "/userId", "there is no user {user_id}")]
    LikerNotFound {
        /// Who was named.
        user_id: UserId,
    },
    /// They like it already.
    #[reject(rule, "{user_id} likes {article_id} already")]
    AlreadyLiked {
        /// Who.
        user_id: UserId,
        /// What.
        article_id: ArticleId,
    },
}

impl Command for LikeArticle {
    const NAME: &'static str = "LikeArticle";
    type Reads = (At<Article>, At<User>, At<Like>);
    type Rejection = LikeArticleRejection;

    fn target(&self) -> StreamId {
        StreamId::of("article", &self.article_id)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        let pair = LikeId::of(&self.article_id, &self.user_id);
        (At::id(&self.article_id), At::id(&self.user_id), At::id(&pair))
    }

    fn decide(&self, states: &States<Self>, _: &Context) -> Result<Events, LikeArticleRejection> {
        let (article, user, like) = states;
        let Self { article_id, user_id } = self.clone();
        let author_id = article.author().cloned().ok_or(LikeArticleRejection::ArticleNotFound)?;
        if !user.exists() {
            return Err(LikeArticleRejection::LikerNotFound { user_id });
        }
        if like.is_given() {
            return Err(LikeArticleRejection::AlreadyLiked { user_id, article_id });
        }
        let pair = StreamId::of("like", &LikeId::of(&article_id, &user_id));
        Ok(Events::one(pair, LikeEvent::ArticleLiked { article_id, author_id, user_id }))
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::blog::example::{article, known, liked, published, unliked, user};

    fn like(who: &str) -> LikeArticle {
        LikeArticle { article_id: article("ART-1"), user_id: user(who) }
    }

    #[test]
    fn a_like_is_recorded_in_the_stream_of_the_pair_and_names_the_author() {
        given([known("ann"), known("bob"), published("ART-1", "ann")])
            .when(like("bob"))
            .then([liked("ART-1", "ann", "bob")]);
        given([known("ann"), published("ART-1", "ann")])
            .when(like("ann"))
            .then([liked("ART-1", "ann", "ann")]);
    }

    #[test]
    fn nobody_likes_twice_unless_they_took_it_back() {
        let history =
            || [known("ann"), known("bob"), published("ART-1", "ann"), liked("ART-1", "ann", "bob")];
        given(history()).when(like("bob")).then_rejected(LikeArticleRejection::AlreadyLiked {
            user_id: user("bob"),
            article_id: article("ART-1"),
        });
        given(history())
            .and([unliked("ART-1", "ann", "bob")])
            .when(like("bob"))
            .then([liked("ART-1", "ann", "bob")]);
    }

    #[test]
    fn both_must_exist_and_the_article_is_looked_at_first() {
        given([known("ann"), published("ART-1", "ann")])
            .when(like("bob"))
            .then_rejected(LikeArticleRejection::LikerNotFound { user_id: user("bob") });
        given_nothing().when(like("bob")).then_rejected(LikeArticleRejection::ArticleNotFound);
    }
}
