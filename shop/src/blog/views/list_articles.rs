//! Articles, newest first: all, those of an author, those with one of several tags, or both.

use diptych::{Listed, Part, Reader, Result, query};

use super::{ArticleSummary, article_list::article_list};
use crate::{accounts::UserId, listing::NEWEST_FIRST};

/// Asks for a part of the list of articles. Whether the author exists is not asked here.
#[derive(Clone, Debug)]
pub struct ListArticles {
    /// Only those with one of these; none is no filter.
    pub tags: Vec<String>,
    /// Only those of this author.
    pub author_id: Option<UserId>,
    /// Which part. Its keys are the position at which an article was published.
    pub part: Part,
}

/// Reads their rows.
#[query(reads = article_list)]
pub async fn list_articles(query: &ListArticles, db: &Reader) -> Result<Listed<ArticleSummary>> {
    let mut wanted = NEWEST_FIRST.of("article_list");
    if let Some(author_id) = &query.author_id {
        wanted = wanted.with("author_id", author_id);
    }
    if !query.tags.is_empty() {
        let tags = query.tags.iter().map(Into::into);
        wanted = wanted.beside_any("article_id", ("article_list_tags", "tag"), tags);
    }
    let (rows, total) = wanted.read(db, &query.part).await?;
    let mut articles = Vec::with_capacity(rows.len());
    for row in rows {
        let summary = ArticleSummary::of(&row, row.get("excerpt")?, db).await?;
        articles.push((row, summary));
    }
    NEWEST_FIRST.listed(&query.part, articles, total)
}
