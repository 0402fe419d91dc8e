//! The state between two users: whether one follows the other.

use diptych::{Id, State};
use sha2::{Digest, Sha256};

use super::{FollowEvent, UserId};

/// Names a pair of a follower and whom they follow.
#[derive(Id)]
pub struct FollowId(String);

impl FollowId {
    /// The pair of these two, in this direction.
    ///
    /// A hash of both, since two ids of 128 characters do not fit into one. The line break between them is no character of
    /// an id, so no two pairs are hashed from the same text.
    #[must_use]
    pub fn of(follower: &UserId, followed: &UserId) -> Self {
        let hash = Sha256::digest(format!("{follower}\n{followed}"));
        Self(hash.iter().map(|byte| format!("{byte:02x}")).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_a_direction_and_a_fixed_length() {
        let long = UserId::new("x".repeat(128)).unwrap();
        let (a, b) = (UserId::new("a").unwrap(), UserId::new("b").unwrap());
        assert_ne!(FollowId::of(&a, &b), FollowId::of(&b, &a));
        assert_eq!(FollowId::of(&long, &long).as_str().len(), 64);
    }
}
