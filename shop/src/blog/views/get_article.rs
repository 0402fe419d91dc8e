//! One article, with everything that was said of it.

use diptych::{Reader, Result, Shown, query};

use super::{
    ArticleView, CommentView,
    article_details::article_details,
    article_view::{ArticleSummary, excerpt},
};
use crate::blog::ArticleId;

/// Asks for one article; none if there is no such article in the read model.
#[derive(Clone, Debug)]
pub struct GetArticle {
    /// Which.
    pub article_id: ArticleId,
}

/// Reads its row and those of its comments.
#[query(reads = article_details)]
pub async fn get_article(query: &GetArticle, db: &Reader) -> Result<Option<Shown<ArticleView>>> {
    let sql = include_str!("../../../sql/blog/article_details_get.sql");
    let Some(row) = db.row(sql, (&query.article_id,)).await? else { return Ok(None) };
    let sql = include_str!("../../../sql/blog/article_details_comments.sql");
    let mut comments = Vec::new();
    for comment in db.rows(sql, (&query.article_id,)).await? {
        comments.push(CommentView::of(&comment, db).await?);
    }
    let content: String = row.get("content")?;
    let summary = ArticleSummary::of(&row, excerpt(&content).to_owned(), db).await?;
    let view = ArticleView { summary, content, comments, view_count: row.get("view_count")? };
    Ok(Some(Shown { view, version: row.get("version")?, changed: row.get("changed")? }))
}
