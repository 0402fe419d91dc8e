//! The projection of timelines: for each user, which posts those they follow have written.
//!
//! It is prepared as things happen, so that reading one is reading along an index. Who begins to follow someone finds what
//! they wrote before, each post in its place; who stops finds none of it. For that the projection keeps the posts and the
//! follows too, in rows of its own: it reads those of no other projection.

use diptych::{Event, Metadata, Result, Tx, projection};

use crate::{
    accounts::{FollowEvent, PostEvent},
    rows,
};

/// The facts that change timelines.
#[derive(Event, Debug, PartialEq)]
pub enum TimelineEvent {
    /// About two users.
    #[event(nested)]
    Follow(FollowEvent),
    /// About a post.
    #[event(nested)]
    Post(PostEvent),
}

/// One row per reader and post, one per post, and one per pair of whom follows whom.
#[projection(schema = "../../../sql/accounts/timelines.sql")]
pub async fn timelines(event: &TimelineEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    match event {
        TimelineEvent::Post(event) => post(event, at, tx).await,
        TimelineEvent::Follow(event) => follow(event, at, tx).await,
    }
}

/// Keeps the post, and gives it to all who follow its author.
async fn post(event: &PostEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let PostEvent::PostCreated { post_id, user_id, text } = event;
    let sql = include_str!("../../../sql/accounts/timelines_post.sql");
    let params = (at.position, post_id, user_id, text, at.recorded_at);
    rows::one(tx.execute(sql, params).await?, at)?;
    tx.execute(include_str!("../../../sql/accounts/timelines_give.sql"), (at.position, user_id)).await?;
    Ok(())
}

/// Gives the follower all posts of whom they follow now, or takes them away.
async fn follow(event: &FollowEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let (pair, paired, posts) = match event {
        FollowEvent::UserFollowed { follower_id, followed_id } => (
            (follower_id, followed_id),
            include_str!("../../../sql/accounts/timelines_follow.sql"),
            include_str!("../../../sql/accounts/timelines_fill.sql"),
        ),
        FollowEvent::UserUnfollowed { follower_id, followed_id } => (
            (follower_id, followed_id),
            include_str!("../../../sql/accounts/timelines_unfollow.sql"),
            include_str!("../../../sql/accounts/timelines_clear.sql"),
        ),
    };
    rows::one(tx.execute(paired, pair).await?, at)?;
    tx.execute(posts, pair).await?;
    Ok(())
}
