//! What can have happened to an article, and between it and those who read it.
//!
//! Names and pictures are sealed under the key of the person they are of, as they were when it happened. Facts of streams
//! beside the article's own are tagged with it, so that they are known to change its view.

use diptych::{Event, Personal};

use super::{ArticleId, CommentId};
use crate::accounts::UserId;

/// A fact about one article.
#[derive(Event, Debug, PartialEq)]
pub enum ArticleEvent {
    /// Its author gave it to the public.
    ArticlePublished {
        /// Which.
        article_id: ArticleId,
        /// Whose.
        #[tag("author")]
        author_id: UserId,
        /// The author's name as it was then.
        #[personal(subject = author_id)]
        author_name: Personal<String>,
        /// Where the author's picture was then.
        #[personal(subject = author_id)]
        #[serde(skip_serializing_if = "Option::is_none")]
        author_avatar: Option<Personal<String>>,
        /// How it is called.
        title: String,
        /// What it says.
        content: String,
        /// What it is about, in words.
        tags: Vec<String>,
    },
}

/// A fact about one article and one user.
#[derive(Event, Debug, PartialEq)]
pub enum LikeEvent {
    /// They like it from now on.
    ArticleLiked {
        /// Which article.
        #[tag("article")]
        article_id: ArticleId,
        /// Whose it is.
        author_id: UserId,
        /// Who likes it.
        user_id: UserId,
    },
    /// They like it no more.
    ArticleUnliked {
        /// Which article.
        #[tag("article")]
        article_id: ArticleId,
        /// Whose it is.
        author_id: UserId,
        /// Who liked it.
        user_id: UserId,
    },
}

/// A fact about one comment.
#[derive(Event, Debug, PartialEq)]
pub enum CommentEvent {
    /// Someone said something of an article.
    ArticleCommented {
        /// Which article.
        #[tag("article")]
        article_id: ArticleId,
        /// Whose it is.
        author_id: UserId,
        /// Which comment.
        comment_id: CommentId,
        /// Who said it.
        user_id: UserId,
        /// Their name as it was then.
        #[personal(subject = user_id)]
        user_name: Personal<String>,
        /// What they said.
        text: String,
    },
}

/// A fact about an article being read.
#[derive(Event, Debug, PartialEq)]
pub enum ViewEvent {
    /// Someone looked at it.
    ArticleViewed {
        /// Which article.
        #[tag("article")]
        article_id: ArticleId,
        /// Whose it is.
        author_id: UserId,
        /// Who, where that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<UserId>,
    },
}

/// Every fact of the blog: what an article is shown with.
#[derive(Event, Debug, PartialEq)]
pub enum BlogEvent {
    /// About an article.
    #[event(nested)]
    Article(ArticleEvent),
    /// About an article and a user.
    #[event(nested)]
    Like(LikeEvent),
    /// About a comment.
    #[event(nested)]
    Comment(CommentEvent),
    /// About an article being read.
    #[event(nested)]
    View(ViewEvent),
}
