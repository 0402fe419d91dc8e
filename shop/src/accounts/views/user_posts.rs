//! The projection of posts as they are listed: one row each.

use diptych::{Metadata, Result, Tx, projection};

use crate::{accounts::PostEvent, rows};

/// One row per post.
#[projection(schema = "../../../sql/accounts/user_posts.sql")]
pub async fn user_posts(event: &PostEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let PostEvent::PostCreated { post_id, user_id, text } = event;
    let sql = include_str!("../../../sql/accounts/user_posts_create.sql");
    let params = (post_id, user_id, text, at.recorded_at, at.position);
    Ok(rows::one(tx.execute(sql, params).await?, at)?)
}
