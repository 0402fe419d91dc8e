//! Follow another user.
//!
//! It is addressed to the follower, but recorded in the stream of the pair: a follow must not move the version of a profile.

use diptych::{At, Command, Context, Events, Rejection, StreamId, command::States};

use super::{Follow, FollowEvent, FollowId, User, UserId};

/// Follow another user.
#[derive(Clone, Debug)]
pub struct FollowUser {
    /// Who follows.
    pub follower_id: UserId,
    /// Whom.
    pub followed_id: UserId,
}

/// Why a user does not follow another.
#[derive(Rejection)]
pub enum FollowUserRejection {
    /// There is no such follower.
    #[reject(not_found)]
    UserNotFound,
    /// There is nobody of that id to be followed.
    #[reject(invalid = "/followedId", "there is no user {followed_id}")]
    FollowedNotFound {
        /// Who was named.
        followed_id: UserId,
    },
    /// Nobody follows themselves.
    #[reject(rule, "nobody follows themselves")]
    CannotFollowOneself,
    /// They follow them already.
    #[reject(rule, "{follower_id} follows {followed_id} already")]
    AlreadyFollowing {
        /// Who follows.
        follower_id: UserId,
        /// Whom.
        followed_id: UserId,
    },
}

impl Command for FollowUser {
    const NAME: &'static str = "FollowUser";
    type Reads = (At<User>, At<User>, At<Follow>);
    type Rejection = FollowUserRejection;

    fn target(&self) -> StreamId {
        StreamId::of("user", &self.follower_id)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        let pair = FollowId::of(&self.follower_id, &self.followed_id);
        (At::id(&self.follower_id), At::id(&self.followed_id), At::id(&pair))
    }

    fn decide(&self, states: &States<Self>, _: &Context) -> Result<Events, FollowUserRejection> {
        let (follower, followed, follow) = states;
        let Self { follower_id, followed_id } = self.clone();
        if !follower.exists() {
            return Err(FollowUserRejection::UserNotFound);
        }
        if !followed.exists() {
            return Err(FollowUserRejection::FollowedNotFound { followed_id });
        }
        if follower_id == followed_id {
            return Err(FollowUserRejection::CannotFollowOneself);
        }
        if follow.is_active() {
            return Err(FollowUserRejection::AlreadyFollowing { follower_id, followed_id });
        }
        let pair = StreamId::of("follow", &FollowId::of(&follower_id, &followed_id));
        Ok(Events::one(pair, FollowEvent::UserFollowed { follower_id, followed_id }))
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::accounts::example::{followed, known, unfollowed, user};

    fn follow(follower: &str, followed: &str) -> FollowUser {
        FollowUser { follower_id: user(follower), followed_id: user(followed) }
    }

    #[test]
    fn a_follow_is_recorded_in_the_stream_of_the_pair() {
        given([known("ann"), known("bob")]).when(follow("ann", "bob")).then([followed("ann", "bob")]);
    }

    #[test]
    fn each_direction_is_a_follow_of_its_own() {
        given([known("ann"), known("bob"), followed("ann", "bob")])
            .when(follow("bob", "ann"))
            .then([followed("bob", "ann")]);
    }

    #[test]
    fn nobody_follows_twice_unless_they_unfollowed() {
        given([known("ann"), known("bob"), followed("ann", "bob")]).when(follow("ann", "bob")).then_rejected(
            FollowUserRejection::AlreadyFollowing { follower_id: user("ann"), followed_id: user("bob") },
        );
        given([known("ann"), known("bob"), followed("ann", "bob"), unfollowed("ann", "bob")])
            .when(follow("ann", "bob"))
            .then([followed("ann", "bob")]);
    }

    #[test]
    fn nobody_follows_themselves() {
        given([known("ann")])
            .when(follow("ann", "ann"))
            .then_rejected(FollowUserRejection::CannotFollowOneself);
    }

    #[test]
    fn both_must_exist_and_the_one_addressed_is_looked_at_first() {
        given([known("ann")])
            .when(follow("ann", "bob"))
            .then_rejected(FollowUserRejection::FollowedNotFound { followed_id: user("bob") });
        given_nothing().when(follow("ann", "ann")).then_rejected(FollowUserRejection::UserNotFound);
    }
}
