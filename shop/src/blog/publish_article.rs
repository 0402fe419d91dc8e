//! Publish an article.

use diptych::{At, Command, Context, Events, Rejection, StreamId, command::States};

use super::{Article, ArticleEvent, ArticleId, MAX_TAGS, Writer};
use crate::accounts::UserId;

/// Publish an article.
#[derive(Clone, Debug)]
pub struct PublishArticle {
    /// The article's id, which must be free.
    pub article_id: ArticleId,
    /// Whose it is.
    pub author_id: UserId,
    /// How it is called.
    pub title: String,
    /// What it says.
    pub content: String,
    /// What it is about, in words.
    pub tags: Vec<String>,
}

/// Why an article is not published.
#[derive(Rejection)]
pub enum PublishArticleRejection {
    /// It would have more tags than an article may have.
    #[reject(invalid = "/tags", "an article has at most 20 tags, this one has {count}")]
    TooManyTags {
        /// How many it would have.
        count: usize,
    },
    /// There is no such author.
    #[reject(invalid = "/authorId", "there is no user {author_id}")]
    AuthorNotFound {
        /// Who was named.
        author_id: UserId,
    },
    /// The id is taken.
    #[reject(taken, "there is an article {article_id} already")]
    ArticleExists {
        /// The id.
        article_id: ArticleId,
    },
}

impl Command for PublishArticle {
    const NAME: &'static str = "PublishArticle";
    type Reads = (At<Article>, At<Writer>);
    type Rejection = PublishArticleRejection;

    fn target(&self) -> StreamId {
        StreamId::of("article", &self.article_id)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        (At::id(&self.article_id), At::id(&self.author_id))
    }

    fn decide(&self, states: &States<Self>, _: &Context) -> Result<Events, PublishArticleRejection> {
        let (article, writer) = states;
        let Self { article_id, author_id, title, content, tags } = self.clone();
        if tags.len() > MAX_TAGS {
            return Err(PublishArticleRejection::TooManyTags { count: tags.len() });
        }
        let Some(byline) = writer.known() else {
            return Err(PublishArticleRejection::AuthorNotFound { author_id });
        };
        if article.author().is_some() {
            return Err(PublishArticleRejection::ArticleExists { article_id });
        }
        let (author_name, author_avatar) = (byline.name.clone(), byline.avatar.clone());
        let published = ArticleEvent::ArticlePublished {
            article_id,
            author_id,
            author_name,
            author_avatar,
            title,
            content,
            tags,
        };
        Ok(Events::one(self.target(), published))
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::blog::example::{article, known, pictured, published, published_with_picture, user};

    fn publish() -> PublishArticle {
        PublishArticle {
            article_id: article("ART-1"),
            author_id: user("ann"),
            title: "On keyboards".into(),
            content: "They have keys.".into(),
            tags: vec!["keys".into()],
        }
    }

    #[test]
    fn an_article_carries_its_author_as_they_are_now() {
        given([known("ann")]).when(publish()).then([published("ART-1", "ann")]);
        given([known("ann"), pictured("ann", "https://example.org/a")])
            .when(publish())
            .then([published_with_picture("ART-1", "ann", "https://example.org/a")]);
    }

    #[test]
    fn twenty_tags_are_enough() {
        let tagged = |count| PublishArticle { tags: vec!["x".into(); count], ..publish() };
        assert_eq!(given([known("ann")]).when(tagged(20)).granted().len(), 1);
        given_nothing().when(tagged(21)).then_rejected(PublishArticleRejection::TooManyTags { count: 21 });
    }

    #[test]
    fn an_author_must_exist() {
        given_nothing()
            .when(publish())
            .then_rejected(PublishArticleRejection::AuthorNotFound { author_id: user("ann") });
    }

    #[test]
    fn an_id_is_taken_once() {
        given([known("ann"), published("ART-1", "ann")])
            .when(publish())
            .then_rejected(PublishArticleRejection::ArticleExists { article_id: article("ART-1") });
    }
}
