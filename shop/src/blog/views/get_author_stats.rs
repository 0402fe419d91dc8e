//! How much an author has written, and how it was received.

use diptych::{Reader, Result, Timestamp, query};
use schemars::JsonSchema;
use serde::Serialize;

use super::author_stats::author_stats;
use crate::{accounts::UserId, mean::Mean};

/// Asks for the counts of an author; nothing of everything where they have published nothing. Whether there is such a user
/// is not asked here.
#[derive(Clone, Debug)]
pub struct AuthorStats {
    /// Whose.
    pub author_id: UserId,
}

/// The counts of an author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthorStatsView {
    /// Whose.
    pub author_id: UserId,
    /// How many articles they have published.
    pub total_articles: u64,
    /// How many likes these have.
    pub total_likes: u64,
    /// How often these were looked at.
    pub total_views: u64,
    /// The mean of the likes of their articles; 0 without any.
    pub average_likes_per_article: Mean,
    /// When they last published one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_published_at: Option<Timestamp>,
}

/// Reads their row.
#[query(reads = author_stats)]
pub async fn get_author_stats(query: &AuthorStats, db: &Reader) -> Result<AuthorStatsView> {
    let row = db.row(include_str!("../../../sql/blog/author_stats_get.sql"), (&query.author_id,)).await?;
    let (mut articles, mut likes, mut views, mut last) = (0, 0, 0, None);
    if let Some(row) = row {
        (articles, likes) = (row.get("total_articles")?, row.get("total_likes")?);
        (views, last) = (row.get("total_views")?, row.get("last_published_at")?);
    }
    Ok(AuthorStatsView {
        author_id: query.author_id.clone(),
        total_articles: articles,
        total_likes: likes,
        total_views: views,
        average_likes_per_article: Mean { sum: likes, count: articles },
        last_published_at: last,
    })
}
