//! The projection of articles as they are shown whole: a row each, and a row for each comment.

use diptych::{Metadata, Result, Tx, projection};

use crate::{
    blog::{ArticleEvent, ArticleId, BlogEvent, CommentEvent, LikeEvent, ViewEvent},
    rows,
};

/// One row per article, and one per comment on it.
#[projection(schema = "../../../sql/blog/article_details.sql")]
pub async fn article_details(event: &BlogEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    match event {
        BlogEvent::Article(event) => publish(event, at, tx).await,
        BlogEvent::Comment(event) => comment(event, at, tx).await,
        BlogEvent::Like(LikeEvent::ArticleLiked { article_id, .. }) => {
            count(article_id, More { likes: 1, views: 0 }, at, tx).await
        }
        BlogEvent::Like(LikeEvent::ArticleUnliked { article_id, .. }) => {
            count(article_id, More { likes: -1, views: 0 }, at, tx).await
        }
        BlogEvent::View(ViewEvent::ArticleViewed { article_id, .. }) => {
            count(article_id, More { likes: 0, views: 1 }, at, tx).await
        }
    }
}

async fn publish(event: &ArticleEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let ArticleEvent::ArticlePublished {
        article_id, author_name, author_avatar, title, content, tags, ..
    } = event;
    let sql = include_str!("../../../sql/blog/article_details_publish.sql");
    let (avatar, tags) = (author_avatar.as_ref(), serde_json::to_string(tags)?);
    let own = (article_id, author_name, avatar, title, content, tags);
    let params = (own.0, own.1, own.2, own.3, own.4, own.5, at.recorded_at, at.revision, at.position);
    Ok(rows::one(tx.execute(sql, params).await?, at)?)
}

async fn comment(event: &CommentEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let CommentEvent::ArticleCommented { article_id, comment_id, user_id, user_name, text, .. } = event;
    let sql = include_str!("../../../sql/blog/article_details_comment.sql");
    let params = (comment_id, article_id, user_id, user_name, text, at.recorded_at, at.position);
    tx.execute(sql, params).await?;
    count(article_id, More { likes: 0, views: 0 }, at, tx).await
}

/// How many more of each; less where negative.
struct More {
    likes: i64,
    views: i64,
}

/// Counts, and marks that the article's view has changed.
async fn count(article_id: &ArticleId, more: More, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let sql = include_str!("../../../sql/blog/article_details_count.sql");
    Ok(rows::one(tx.execute(sql, (article_id, more.likes, more.views, at.position)).await?, at)?)
}
