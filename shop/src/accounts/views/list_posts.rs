//! The posts of one user, newest first.

use diptych::{Listed, Part, Reader, Result, SqlRow, Timestamp, query};
use schemars::JsonSchema;
use serde::Serialize;

use super::user_posts::user_posts;
use crate::{
    accounts::{PostId, UserId},
    listing::NEWEST_FIRST,
};

/// Asks for a part of the list of a user's posts. Whether the user exists is not asked here.
#[derive(Clone, Debug)]
pub struct ListPosts {
    /// Whose.
    pub user_id: UserId,
    /// Which part. Its keys are the position at which a post was created.
    pub part: Part,
}

/// A post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostView {
    /// Which.
    pub post_id: PostId,
    /// Whose.
    pub user_id: UserId,
    /// What was written.
    pub text: String,
    /// When.
    pub created_at: Timestamp,
}

/// Reads their rows.
#[query(reads = user_posts)]
pub async fn list_posts(query: &ListPosts, db: &Reader) -> Result<Listed<PostView>> {
    let wanted = NEWEST_FIRST.of("user_posts").with("user_id", &query.user_id);
    let (rows, total) = wanted.read(db, &query.part).await?;
    let posts = rows.into_iter().map(|row| PostView::of(&row).map(|post| (row, post)));
    NEWEST_FIRST.listed(&query.part, posts.collect::<Result<_>>()?, total)
}

impl PostView {
    /// The post that a row holds.
    ///
    /// # Errors
    /// A row that does not fit.
    pub(super) fn of(row: &SqlRow) -> Result<Self> {
        Ok(Self {
            post_id: row.get("post_id")?,
            user_id: row.get("user_id")?,
            text: row.get("text")?,
            created_at: row.get("created_at")?,
        })
    }
}
