//! The users that the tests of decisions tell of.

use diptych::{Personal, StreamId};
use diptych_testkit::{blind, given::Happened, on};

use super::{FollowEvent, FollowId, PostEvent, PostId, UserEvent, UserId};

pub(super) fn user(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

pub(super) fn registered(id: &str, email: &str, name: &str) -> UserEvent {
    UserEvent::UserRegistered {
        user_id: user(id),
        email: Personal::plain(email.to_owned()),
        email_key: blind("email", &email.to_lowercase()),
        display_name: Personal::plain(name.to_owned()),
        avatar_url: None,
    }
}

/// There is a user of this id.
pub(super) fn known(id: &str) -> Happened {
    on(StreamId::of("user", &user(id)), registered(id, &format!("{id}@example.org"), id))
}

/// A change that leaves the key of the e-mail as it was.
pub(super) fn updated(id: &str, email: Option<&str>, name: Option<&str>) -> UserEvent {
    UserEvent::UserProfileUpdated {
        user_id: user(id),
        email: email.map(|email| Personal::plain(email.to_owned())),
        email_key: None,
        released_email_key: None,
        display_name: name.map(|name| Personal::plain(name.to_owned())),
        avatar_url: None,
    }
}

/// A change from one e-mail to another.
pub(super) fn moved(id: &str, from: &str, to: &str) -> UserEvent {
    UserEvent::UserProfileUpdated {
        user_id: user(id),
        email: Some(Personal::plain(to.to_owned())),
        email_key: Some(blind("email", to)),
        released_email_key: Some(blind("email", from)),
        display_name: None,
        avatar_url: None,
    }
}

fn pair(follower: &str, followed: &str) -> StreamId {
    StreamId::of("follow", &FollowId::of(&user(follower), &user(followed)))
}

pub(super) fn followed(follower: &str, followed: &str) -> Happened {
    let event = FollowEvent::UserFollowed { follower_id: user(follower), followed_id: user(followed) };
    on(pair(follower, followed), event)
}

pub(super) fn unfollowed(follower: &str, followed: &str) -> Happened {
    let event = FollowEvent::UserUnfollowed { follower_id: user(follower), followed_id: user(followed) };
    on(pair(follower, followed), event)
}

pub(super) fn posted(post: &str, author: &str, text: &str) -> Happened {
    let post_id = PostId::new(post).unwrap();
    let stream = StreamId::of("post", &post_id);
    on(stream, PostEvent::PostCreated { post_id, user_id: user(author), text: text.to_owned() })
}
