//! The write side, normalised: `users`, changed in the transaction that records the events.
//!
//! That the key of an e-mail is unique here too is a second lock on the same door: the rule is held by the boundary of the
//! commands, and this would refuse an append that got around it.

use diptych::{Metadata, Result, Tx, projection};

use crate::{accounts::UserEvent, rows};

/// One row per user.
#[projection(inline, schema = "../../../sql/accounts/users.sql")]
pub async fn users(event: &UserEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let when = at.recorded_at;
    let changed = match event {
        UserEvent::UserRegistered { user_id, email, email_key, display_name, avatar_url } => {
            let sql = include_str!("../../../sql/accounts/users_register.sql");
            let avatar = avatar_url.as_ref();
            tx.execute(sql, (user_id, email, email_key, display_name, avatar, when)).await?
        }
        UserEvent::UserProfileUpdated { user_id, email, email_key, display_name, avatar_url, .. } => {
            let sql = include_str!("../../../sql/accounts/users_update.sql");
            let (email, key) = (email.as_ref(), email_key.as_ref());
            let (name, avatar) = (display_name.as_ref(), avatar_url.as_ref());
            tx.execute(sql, (user_id, email, key, name, avatar, when)).await?
        }
    };
    Ok(rows::one(changed, at)?)
}
