//! The blog: articles, who likes them, what is said of them, and how often they are read.
//!
//! Read [`events`] first (what can have happened), then the states that decisions look at ([`Article`], [`Writer`], [`Like`],
//! [`Comment`]), then any command: [`PublishArticle`], [`LikeArticle`], [`UnlikeArticle`], [`CommentOnArticle`],
//! [`ViewArticle`]. What is asked and answered is in [`views`].
//!
//! Streams are small: `article/<id>` holds what its author wrote, each pair of an article and who likes it is a stream, so is
//! each comment, and the views of an article are one beside it. Every fact names the author, so that whoever counts by
//! author needs no other fact, and no other projection's rows.

pub mod article;
pub mod comment;
pub mod comment_on_article;
pub mod events;
pub mod like;
pub mod like_article;
pub mod publish_article;
mod routes;
pub mod unlike_article;
pub mod view_article;
pub mod views;
pub mod writer;

#[cfg(test)]
mod example;

pub use article::{Article, ArticleId};
pub use comment::{Comment, CommentId};
pub use comment_on_article::CommentOnArticle;
pub use events::{ArticleEvent, BlogEvent, CommentEvent, LikeEvent, ViewEvent};
pub use like::{Like, LikeId};
pub use like_article::LikeArticle;
pub use publish_article::PublishArticle;
pub use routes::routes;
pub use unlike_article::UnlikeArticle;
pub use view_article::ViewArticle;
pub use writer::Writer;

/// The most tags that an article may have.
pub const MAX_TAGS: usize = 20;

/// Registers all of it.
#[must_use]
pub fn register(app: diptych::App) -> diptych::App {
    views::register(
        app.state::<Article>()
            .state::<Like>()
            .state::<Comment>()
            .command::<PublishArticle>()
            .command::<LikeArticle>()
            .command::<UnlikeArticle>()
            .command::<CommentOnArticle>()
            .command::<ViewArticle>(),
    )
}
