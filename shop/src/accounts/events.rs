//! What can have happened to a user, between two of them, and to a post.
//!
//! Names and e-mails are sealed from the first event on, under the key of the person they are about. Beside a sealed e-mail
//! stands its keyed hash, by which it can be found without being read.

use diptych::{Event, Personal, personal::Blind};

use super::{PostId, UserId};

/// A fact about one user's profile.
#[derive(Event, Debug, PartialEq)]
pub enum UserEvent {
    /// Someone opened an account.
    UserRegistered {
        /// Who.
        user_id: UserId,
        /// Their e-mail, as they wrote it.
        #[personal(subject = user_id)]
        email: Personal<String>,
        /// The keyed hash of the e-mail in lower case, which this user holds from now on.
        #[tag("email")]
        email_key: Blind,
        /// How they want to be called.
        #[personal(subject = user_id)]
        display_name: Personal<String>,
        /// Where their picture is.
        #[personal(subject = user_id)]
        #[serde(skip_serializing_if = "Option::is_none")]
        avatar_url: Option<Personal<String>>,
    },
    /// Someone changed their profile; what is absent stays as it was.
    UserProfileUpdated {
        /// Who.
        user_id: UserId,
        /// Their new e-mail, as they wrote it.
        #[personal(subject = user_id)]
        #[serde(skip_serializing_if = "Option::is_none")]
        email: Option<Personal<String>>,
        /// The keyed hash of the new e-mail; absent where it is that of the one before.
        #[tag("email")]
        #[serde(skip_serializing_if = "Option::is_none")]
        email_key: Option<Blind>,
        /// The keyed hash that anyone may hold again from now on.
        #[tag("email")]
        #[serde(skip_serializing_if = "Option::is_none")]
        released_email_key: Option<Blind>,
        /// How they want to be called now.
        #[personal(subject = user_id)]
        #[serde(skip_serializing_if = "Option::is_none")]
        display_name: Option<Personal<String>>,
        /// Where their picture is now.
        #[personal(subject = user_id)]
        #[serde(skip_serializing_if = "Option::is_none")]
        avatar_url: Option<Personal<String>>,
    },
}

/// A fact about one user following another. Both are tagged, so that it is known to belong to either.
#[derive(Event, Debug, PartialEq)]
pub enum FollowEvent {
    /// They follow them from now on.
    UserFollowed {
        /// Who follows.
        #[tag("user")]
        follower_id: UserId,
        /// Whom.
        #[tag("user")]
        followed_id: UserId,
    },
    /// They follow them no more.
    UserUnfollowed {
        /// Who followed.
        #[tag("user")]
        follower_id: UserId,
        /// Whom.
        #[tag("user")]
        followed_id: UserId,
    },
}

/// A fact about one post.
#[derive(Event, Debug, PartialEq)]
pub enum PostEvent {
    /// Someone wrote something.
    PostCreated {
        /// Which post.
        post_id: PostId,
        /// Whose.
        #[tag("user")]
        user_id: UserId,
        /// What.
        text: String,
    },
}

/// Every fact of accounts: what the view of a user is made of.
#[derive(Event, Debug, PartialEq)]
pub enum AccountEvent {
    /// About a profile.
    #[event(nested)]
    User(UserEvent),
    /// About two users.
    #[event(nested)]
    Follow(FollowEvent),
    /// About a post.
    #[event(nested)]
    Post(PostEvent),
}
