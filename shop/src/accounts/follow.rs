//! The state between two users: whether one follows the other.

use diptych::{Id, State};

use super::{FollowEvent, UserId};
use crate::pair;

/// Names a pair of a follower and whom they follow.
#[derive(Id)]
pub struct FollowId(String);

impl FollowId {
    /// The pair of these two, in this direction.
    #[must_use]
    pub fn of(follower: &UserId, followed: &UserId) -> Self {
        Self(pair::of(follower, followed))
    }
}

/// Whether one user follows another, folded from the stream of the pair.
#[derive(State, Debug, PartialEq)]
#[state(category = "follow", events = FollowEvent, snapshot(every = 100))]
pub struct Follow {
    active: bool,
}

impl Follow {
    /// Whether they do at present.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.active
    }

    fn evolve(&mut self, event: &FollowEvent) {
        self.active = match event {
            FollowEvent::UserFollowed { .. } => true,
            FollowEvent::UserUnfollowed { .. } => false,
        };
    }
}
