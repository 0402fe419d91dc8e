//! Note that an article was looked at.
//!
//! It is addressed to the article, but recorded in a stream beside it that nobody reads: however many look at once, none is
//! decided again.

use diptych::{At, Command, Context, Each, Events, Rejection, StreamId, command::States};

use super::{Article, ArticleId, ViewEvent};
use crate::accounts::{User, UserId};

/// Note that an article was looked at.
#[derive(Clone, Debug)]
pub struct ViewArticle {
    /// Which.
    pub article_id: ArticleId,
    /// By whom, where that is known.
    pub user_id: Option<UserId>,
}

/// Why a view is not noted.
#[derive(Rejection)]
pub enum ViewArticleRejection {
    /// There is no such article.
    #[reject(not_found)]
    ArticleNotFound,
    /// There is no such user.
    #[reject(invalid = "/userId", "there is no user {user_id}")]
    ViewerNotFound {
        /// Who was named.
        user_id: UserId,
    },
}

impl Command for ViewArticle {
    const NAME: &'static str = "ViewArticle";
    type Reads = (At<Article>, Each<User>);
    type Rejection = ViewArticleRejection;

    fn target(&self) -> StreamId {
        StreamId::of("article", &self.article_id)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        (At::id(&self.article_id), Each::ids(self.user_id.clone()))
    }

    fn decide(&self, states: &States<Self>, _: &Context) -> Result<Events, ViewArticleRejection> {
        let (article, viewers) = states;
        let Self { article_id, user_id } = self.clone();
        let author_id = article.author().cloned().ok_or(ViewArticleRejection::ArticleNotFound)?;
        if let Some((user_id, _)) = viewers.iter().find(|(_, user)| !user.exists()) {
            return Err(ViewArticleRejection::ViewerNotFound { user_id: user_id.clone() });
        }
        let stream = StreamId::of("view", &article_id);
        Ok(Events::one(stream, ViewEvent::ArticleViewed { article_id, author_id, user_id }))
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::blog::example::{article, known, published, user, viewed};

    fn view(who: Option<&str>) -> ViewArticle {
        ViewArticle { article_id: article("ART-1"), user_id: who.map(user) }
    }

    #[test]
    fn anyone_may_look_as_often_as_they_like() {
        let history = || [known("ann"), published("ART-1", "ann"), viewed("ART-1", "ann", Some("ann"))];
        given(history()).when(view(Some("ann"))).then([viewed("ART-1", "ann", Some("ann"))]);
        given(history()).when(view(None)).then([viewed("ART-1", "ann", None)]);
    }

    #[test]
    fn who_is_named_must_exist_and_the_article_is_looked_at_first() {
        given([known("ann"), published("ART-1", "ann")])
            .when(view(Some("bob")))
            .then_rejected(ViewArticleRejection::ViewerNotFound { user_id: user("bob") });
        given_nothing().when(view(Some("bob"))).then_rejected(ViewArticleRejection::ArticleNotFound);
    }
}
