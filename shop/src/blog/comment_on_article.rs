//! Say something of an article.
//!
//! It is addressed to the article, but recorded in a stream of its own, whose name is the comment's id: so that is taken once.

use diptych::{At, Command, Context, Events, Rejection, StreamId, command::States};

use super::{Article, ArticleId, Comment, CommentEvent, CommentId, Writer};
use crate::accounts::UserId;

/// Say something of an article.
#[derive(Clone, Debug)]
pub struct CommentOnArticle {
    /// The comment's id, which must be free.
    pub comment_id: CommentId,
    /// Of which article.
    pub article_id: ArticleId,
    /// Who says it.
    pub user_id: UserId,
    /// What.
    pub text: String,
}

/// Why a comment is not taken.
#[derive(Rejection)]
pub enum CommentOnArticleRejection {
    /// There is no such article.
    #[reject(not_found)]
    ArticleNotFound,
    /// There is no such user.
    #[reject(invalid = "/userId", "there is no user {user_id}")]
    CommenterNotFound {
        /// Who was named.
        user_id: UserId,
    },
    /// The id is taken.
    #[reject(taken, "there is a comment {comment_id} already")]
    CommentExists {
        /// The id.
        comment_id: CommentId,
    },
}

impl Command for CommentOnArticle {
    const NAME: &'static str = "CommentOnArticle";
    type Reads = (At<Article>, At<Writer>, At<Comment>);
    type Rejection = CommentOnArticleRejection;

    fn target(&self) -> StreamId {
        StreamId::of("article", &self.article_id)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        (At::id(&self.article_id), At::id(&self.user_id), At::id(&self.comment_id))
    }

    fn decide(&self, states: &States<Self>, _: &Context) -> Result<Events, CommentOnArticleRejection> {
        let (article, writer, comment) = states;
        let Self { comment_id, article_id, user_id, text } = self.clone();
        let author_id = article.author().cloned().ok_or(CommentOnArticleRejection::ArticleNotFound)?;
        let Some(byline) = writer.known() else {
            return Err(CommentOnArticleRejection::CommenterNotFound { user_id });
        };
        if comment.exists() {
            return Err(CommentOnArticleRejection::CommentExists { comment_id });
        }
        let (stream, user_name) = (StreamId::of("comment", &comment_id), byline.name.clone());
        let commented =
            CommentEvent::ArticleCommented { article_id, author_id, comment_id, user_id, user_name, text };
        Ok(Events::one(stream, commented))
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::blog::example::{article, commented, known, published, user};

    fn comment(id: &str, who: &str) -> CommentOnArticle {
        let (comment_id, article_id) = (CommentId::new(id).unwrap(), article("ART-1"));
        CommentOnArticle { comment_id, article_id, user_id: user(who), text: "Well said.".into() }
    }

    #[test]
    fn a_comment_carries_the_name_of_who_made_it() {
        given([known("ann"), known("bob"), published("ART-1", "ann")])
            .when(comment("COM-1", "bob"))
            .then([commented("COM-1", "ART-1", "ann", "bob")]);
    }

    #[test]
    fn an_id_is_taken_once_and_a_user_may_say_more() {
        let history = || [known("ann"), published("ART-1", "ann"), commented("COM-1", "ART-1", "ann", "ann")];
        given(history()).when(comment("COM-1", "ann")).then_rejected(
            CommentOnArticleRejection::CommentExists { comment_id: CommentId::new("COM-1").unwrap() },
        );
        given(history()).when(comment("COM-2", "ann")).then([commented("COM-2", "ART-1", "ann", "ann")]);
    }

    #[test]
    fn both_must_exist_and_the_article_is_looked_at_first() {
        given([known("ann"), published("ART-1", "ann")])
            .when(comment("COM-1", "bob"))
            .then_rejected(CommentOnArticleRejection::CommenterNotFound { user_id: user("bob") });
        given_nothing()
            .when(comment("COM-1", "bob"))
            .then_rejected(CommentOnArticleRejection::ArticleNotFound);
    }
}
