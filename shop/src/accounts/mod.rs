//! Accounts: users, who are the customers of the shop, the authors of the blog and the members of the community at once.
//!
//! Read [`events`] first (what can have happened), then the states that decisions look at ([`User`], [`EmailOwners`],
//! [`Follow`], [`Post`]), then any command: [`RegisterUser`], [`UpdateProfile`], [`FollowUser`], [`UnfollowUser`],
//! [`CreatePost`]. What is asked and answered is in [`views`].
//!
//! Streams are small, since what a caller's `version` guards is one stream: `user/<id>` holds the profile alone, each post is
//! a stream, and so is each pair of a follower and whom they follow. That an e-mail belongs to one user only is a rule across
//! streams; it is held by the tag of its keyed hash (see [`email_owners`]), and no read model is asked for it.

pub mod create_post;
pub mod email;
pub mod email_owners;
pub mod events;
pub mod follow;
pub mod follow_user;
pub mod post;
pub mod register_user;
mod routes;
pub mod unfollow_user;
pub mod update_profile;
pub mod user;
pub mod views;

#[cfg(test)]
mod example;

pub use create_post::CreatePost;
pub use email::Email;
pub use email_owners::EmailOwners;
pub use events::{AccountEvent, FollowEvent, PostEvent, UserEvent};
pub use follow::{Follow, FollowId};
pub use follow_user::FollowUser;
pub use post::{Post, PostId};
pub use register_user::RegisterUser;
pub use routes::routes;
pub use unfollow_user::UnfollowUser;
pub use update_profile::UpdateProfile;
pub use user::{User, UserId};

/// Registers all of it.
#[must_use]
pub fn register(app: diptych::App) -> diptych::App {
    views::register(
        app.state::<User>()
            .state::<Follow>()
            .state::<Post>()
            .command::<RegisterUser>()
            .command::<UpdateProfile>()
            .command::<FollowUser>()
            .command::<UnfollowUser>()
            .command::<CreatePost>(),
    )
}
