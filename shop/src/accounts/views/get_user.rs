//! One user.

use diptych::{Personal, Reader, Result, Shown, SqlRow, Timestamp, query};
use schemars::JsonSchema;
use serde::Serialize;

use super::user_views::user_views;
use crate::{accounts::UserId, personal};

/// Asks for one user; none if there is no such user in the read model.
#[derive(Clone, Debug)]
pub struct GetUser {
    /// Who.
    pub user_id: UserId,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    /// Who.
    pub user_id: UserId,
    /// Their e-mail; empty once they were erased.
    pub email: String,
    /// How they want to be called; empty once they were erased.
    pub display_name: String,
    /// Where their picture is; null without one.
    pub avatar_url: Option<String>,
    /// When they registered.
    pub created_at: Timestamp,
    /// How many posts they wrote.
    pub post_count: u64,
    /// How many follow them.
    pub follower_count: u64,
    /// How many they follow.
    pub following_count: u64,
    /// The revision of the profile's last event: what a change may be guarded with.
    pub version: u64,
}

/// Reads their row.
#[query(reads = user_views)]
pub async fn get_user(query: &GetUser, db: &Reader) -> Result<Option<Shown<UserView>>> {
    let sql = include_str!("../../../sql/accounts/user_views_get.sql");
    match db.row(sql, (&query.user_id,)).await? {
        Some(row) => show(&row, db).await.map(Some),
        None => Ok(None),
    }
}

async fn show(row: &SqlRow, db: &Reader) -> Result<Shown<UserView>> {
    let (email, name): (Personal<String>, Personal<String>) = (row.get("email")?, row.get("display_name")?);
    let avatar: Option<Personal<String>> = row.get("avatar_url")?;
    let view = UserView {
        user_id: row.get("user_id")?,
        email: personal::opened(db, &email).await?,
        display_name: personal::opened(db, &name).await?,
        avatar_url: personal::opened_if_any(db, avatar.as_ref()).await?,
        created_at: row.get("created_at")?,
        post_count: row.get("post_count")?,
        follower_count: row.get("follower_count")?,
        following_count: row.get("following_count")?,
        version: row.get("version")?,
    };
    Ok(Shown { view, version: row.get("version")?, changed: row.get("changed")? })
}
