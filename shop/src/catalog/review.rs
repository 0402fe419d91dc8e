//! The state between a product and a user: whether they have reviewed it.

use diptych::{Id, State};

use super::{ProductId, ReviewEvent};
use crate::{accounts::UserId, pair};

/// Names a pair of a product and a user.
#[derive(Id)]
pub struct ReviewId(String);

impl ReviewId {
    /// The pair of these two.
    #[must_use]
    pub fn of(product: &ProductId, user: &UserId) -> Self {
        Self(pair::of(product, user))
    }
}

/// How good a product is: 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rating(u32);

/// A number that is no rating.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be from 1 to {}", Rating::BEST)]
pub struct NoRating;

impl Rating {
    /// The best.
    pub const BEST: u32 = 5;

    /// So good.
    ///
    /// # Errors
    /// [`NoRating`] where it is not from 1 to [`Rating::BEST`].
    pub fn new(number: impl TryInto<u32>) -> Result<Self, NoRating> {
        let number = number.try_into().map_err(|_| NoRating)?;
        if (1..=Self::BEST).contains(&number) { Ok(Self(number)) } else { Err(NoRating) }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// Whether a user has reviewed a product, folded from the stream of the pair.
#[derive(State, Debug, PartialEq)]
#[state(category = "review", events = ReviewEvent, snapshot(every = 100))]
pub struct Review {
    written: bool,
}

impl Review {
    /// Whether they have.
    #[must_use]
    pub const fn is_written(&self) -> bool {
        self.written
    }

    fn evolve(&mut self, event: &ReviewEvent) {
        match event {
            ReviewEvent::ProductReviewed { .. } => self.written = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_is_from_one_to_five() {
        assert_eq!(Rating::new(5).map(Rating::get), Ok(5));
        for bad in [0, -1, 6, i64::MAX] {
            assert_eq!(Rating::new(bad), Err(NoRating));
        }
    }
}
