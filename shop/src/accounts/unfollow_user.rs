//! Follow another user no more.

use diptych::{At, Command, Context, Events, Rejection, StreamId, command::States};

use super::{Follow, FollowEvent, FollowId, User, UserId};

/// Follow another user no more.
#[derive(Clone, Debug)]
pub struct UnfollowUser {
    /// Who followed.
    pub follower_id: UserId,
    /// Whom.
    pub followed_id: UserId,
}

/// Why a user does not stop following another.
#[derive(Rejection)]
pub enum UnfollowUserRejection {
    /// There is no such follower.
    #[reject(not_found)]
    UserNotFound,
    /// There is nobody of that id who could have been followed.
    #[reject(invalid = "/followedId", "there is no user {followed_id}")]
    FollowedNotFound {
        /// Who was named.
        followed_id: UserId,
    },
    /// They do not follow them.
    #[reject(rule, "{follower_id} does not follow {followed_id}")]
    NotFollowing {
        /// Who was said to follow.
        follower_id: UserId,
        /// Whom.
        followed_id: UserId,
    },
}

impl Command for UnfollowUser {
    const NAME: &'static str = "UnfollowUser";
    type Reads = (At<User>, At<User>, At<Follow>);
    type Rejection = UnfollowUserRejection;

    fn target(&self) -> StreamId {
        StreamId::of("user", &self.follower_id)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        let pair = FollowId::of(&self.follower_id, &self.followed_id);
        (At::id(&self.follower_id), At::id(&self.followed_id), At::id(&pair))
    }

    fn decide(&self, states: &States<Self>, _: &Context) -> Result<Events, UnfollowUserRejection> {
        let (follower, followed, follow) = states;
        let Self { follower_id, followed_id } = self.clone();
        if !follower.exists() {
            return Err(UnfollowUserRejection::UserNotFound);
        }
        if !followed.exists() {
            return Err(UnfollowUserRejection::FollowedNotFound { followed_id });
        }
        if !follow.is_active() {
            return Err(UnfollowUserRejection::NotFollowing { follower_id, followed_id });
        }
        let pair = StreamId::of("follow", &FollowId::of(&follower_id, &followed_id));
        Ok(Events::one(pair, FollowEvent::UserUnfollowed { follower_id, followed_id }))
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::accounts::example::{followed, known, unfollowed, user};

    fn unfollow(follower: &str, followed: &str) -> UnfollowUser {
        UnfollowUser { follower_id: user(follower), followed_id: user(followed) }
    }

    fn not_following(follower: &str, followed: &str) -> UnfollowUserRejection {
        UnfollowUserRejection::NotFollowing { follower_id: user(follower), followed_id: user(followed) }
    }

    #[test]
    fn who_follows_can_stop_once() {
        let following = [known("ann"), known("bob"), followed("ann", "bob")];
        given(following).when(unfollow("ann", "bob")).then([unfollowed("ann", "bob")]);
        given([known("ann"), known("bob"), followed("ann", "bob"), unfollowed("ann", "bob")])
            .when(unfollow("ann", "bob"))
            .then_rejected(not_following("ann", "bob"));
    }

    #[test]
    fn the_other_direction_and_oneself_are_not_followed() {
        given([known("ann"), known("bob"), followed("ann", "bob")])
            .when(unfollow("bob", "ann"))
            .then_rejected(not_following("bob", "ann"));
        given([known("ann")]).when(unfollow("ann", "ann")).then_rejected(not_following("ann", "ann"));
    }

    #[test]
    fn both_must_exist_and_the_one_addressed_is_looked_at_first() {
        given([known("ann")])
            .when(unfollow("ann", "bob"))
            .then_rejected(UnfollowUserRejection::FollowedNotFound { followed_id: user("bob") });
        given_nothing().when(unfollow("ann", "bob")).then_rejected(UnfollowUserRejection::UserNotFound);
    }
}
