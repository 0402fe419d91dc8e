//! The projection of articles as they are listed: a row each, and a row for each of its tags.

use diptych::{Event, Metadata, Result, Tx, projection};

use super::article_view::excerpt;
use crate::{
    blog::{ArticleEvent, ArticleId, LikeEvent},
    rows,
};

/// The facts that change the list.
#[derive(Event, Debug, PartialEq)]
pub enum ListedEvent {
    /// About an article.
    #[event(nested)]
    Article(ArticleEvent),
    /// About an article and a user.
    #[event(nested)]
    Like(LikeEvent),
}

/// One row per article, and one per tag of it.
#[projection(schema = "../../../sql/blog/article_list.sql")]
pub async fn article_list(event: &ListedEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    match event {
        ListedEvent::Article(event) => publish(event, at, tx).await,
        ListedEvent::Like(LikeEvent::ArticleLiked { article_id, .. }) => like(article_id, 1, at, tx).await,
        ListedEvent::Like(LikeEvent::ArticleUnliked { article_id, .. }) => like(article_id, -1, at, tx).await,
    }
}

async fn publish(event: &ArticleEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let ArticleEvent::ArticlePublished {
        article_id,
        author_id,
        author_name,
        author_avatar,
        title,
        content,
        tags,
    } = event;
    let sql = include_str!("../../../sql/blog/article_list_publish.sql");
    let author = (author_name, author_avatar.as_ref());
    let own = (title, excerpt(content), serde_json::to_string(tags)?);
    let params =
        (article_id, author_id, author.0, author.1, own.0, own.1, own.2, at.recorded_at, at.position);
    rows::one(tx.execute(sql, params).await?, at)?;
    for tag in tags {
        let sql = include_str!("../../../sql/blog/article_list_tag.sql");
        tx.execute(sql, (tag, article_id)).await?;
    }
    Ok(())
}

async fn like(article_id: &ArticleId, more: i64, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let sql = include_str!("../../../sql/blog/article_list_like.sql");
    Ok(rows::one(tx.execute(sql, (article_id, more)).await?, at)?)
}
