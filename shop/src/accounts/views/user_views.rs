//! The projection of users as they are shown: one row each, with counts of their posts and follows.
//!
//! The row's `version` is the revision of the profile's stream, so only the profile's events move it; `changed` moves with
//! posts and follows too, since the view does.

use diptych::{Metadata, Result, Tx, projection};

use crate::{
    accounts::{AccountEvent, FollowEvent, PostEvent, UserEvent, UserId},
    rows,
};

/// One row per user.
#[projection(schema = "../../../sql/accounts/user_views.sql")]
pub async fn user_views(event: &AccountEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    match event {
        AccountEvent::User(event) => profile(event, at, tx).await,
        AccountEvent::Post(PostEvent::PostCreated { user_id, .. }) => {
            count(user_id, More { posts: 1, ..More::default() }, at, tx).await
        }
        AccountEvent::Follow(FollowEvent::UserFollowed { follower_id, followed_id }) => {
            count(follower_id, More { following: 1, ..More::default() }, at, tx).await?;
            count(followed_id, More { followers: 1, ..More::default() }, at, tx).await
        }
        AccountEvent::Follow(FollowEvent::UserUnfollowed { follower_id, followed_id }) => {
            count(follower_id, More { following: -1, ..More::default() }, at, tx).await?;
            count(followed_id, More { followers: -1, ..More::default() }, at, tx).await
        }
    }
}

async fn profile(event: &UserEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let changed = match event {
        UserEvent::UserRegistered { user_id, email, display_name, avatar_url, .. } => {
            let sql = include_str!("../../../sql/accounts/user_views_register.sql");
            let avatar = avatar_url.as_ref();
            let params = (user_id, email, display_name, avatar, at.recorded_at, at.revision, at.position);
            tx.execute(sql, params).await?
        }
        UserEvent::UserProfileUpdated { user_id, email, display_name, avatar_url, .. } => {
            let sql = include_str!("../../../sql/accounts/user_views_update.sql");
            let (email, name, avatar) = (email.as_ref(), display_name.as_ref(), avatar_url.as_ref());
            tx.execute(sql, (user_id, email, name, avatar, at.revision, at.position)).await?
        }
    };
    Ok(rows::one(changed, at)?)
}

/// How many more of each; less where negative.
#[derive(Default)]
struct More {
    posts: i64,
    followers: i64,
    following: i64,
}

async fn count(user_id: &UserId, more: More, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let sql = include_str!("../../../sql/accounts/user_views_count.sql");
    let params = (user_id, more.posts, more.followers, more.following, at.position);
    Ok(rows::one(tx.execute(sql, params).await?, at)?)
}
