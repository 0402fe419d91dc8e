//! The posts of those whom a user follows, newest first.

use diptych::{Listed, Part, Reader, Result, query};

use super::{PostView, timelines::timelines};
use crate::{accounts::UserId, listing::NEWEST_FIRST};

/// Asks for a part of a user's timeline. Whether the user exists is not asked here.
#[derive(Clone, Debug)]
pub struct ListTimeline {
    /// Whose.
    pub user_id: UserId,
    /// Which part. Its keys are the position at which a post was created.
    pub part: Part,
}

/// Reads its rows.
#[query(reads = timelines)]
pub async fn list_timeline(query: &ListTimeline, db: &Reader) -> Result<Listed<PostView>> {
    let wanted = NEWEST_FIRST.of("timelines JOIN timeline_posts USING (created)");
    let (rows, total) = wanted.with("reader_id", &query.user_id).read(db, &query.part).await?;
    let posts = rows.into_iter().map(|row| PostView::of(&row).map(|post| (row, post)));
    NEWEST_FIRST.listed(&query.part, posts.collect::<Result<_>>()?, total)
}
