//! Say what one thinks of a product, once.
//!
//! It is addressed to the product, but recorded in the stream of the pair: a review must not move the product's version.

use diptych::{At, Command, Context, Events, Rejection, StreamId, command::States};

use super::{Product, ProductId, Rating, Review, ReviewEvent, ReviewId};
use crate::accounts::{User, UserId};

/// Review a product.
#[derive(Clone, Debug)]
pub struct ReviewProduct {
    /// Which.
    pub product_id: ProductId,
    /// Who does.
    pub user_id: UserId,
    /// How good it is.
    pub rating: Rating,
    /// Why.
    pub text: Option<String>,
}

/// Why a product is not reviewed.
#[derive(Rejection)]
pub enum ReviewProductRejection {
    /// There is no such product.
    #[reject(not_found)]
    ProductNotFound,
    /// There is no such user.
    #[reject(invalid = "/userId", "there is no user {user_id}")]
    ReviewerNotFound {
        /// Who was named.
        user_id: UserId,
    },
    /// They have reviewed it.
    #[reject(rule, "{user_id} has reviewed {product_id} already")]
    AlreadyReviewed {
        /// Who.
        user_id: UserId,
        /// What.
        product_id: ProductId,
    },
}

impl Command for ReviewProduct {
    const NAME: &'static str = "ReviewProduct";
    type Reads = (At<Product>, At<User>, At<Review>);
    type Rejection = ReviewProductRejection;

    fn target(&self) -> StreamId {
        StreamId::of("product", &self.product_id)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        let pair = ReviewId::of(&self.product_id, &self.user_id);
        (At::id(&self.product_id), At::id(&self.user_id), At::id(&pair))
    }

    fn decide(&self, states: &States<Self>, _: &Context) -> Result<Events, ReviewProductRejection> {
        let (product, user, review) = states;
        let Self { product_id, user_id, rating, text } = self.clone();
        if !product.exists() {
            return Err(ReviewProductRejection::ProductNotFound);
        }
        if !user.exists() {
            return Err(ReviewProductRejection::ReviewerNotFound { user_id });
        }
        if review.is_written() {
            return Err(ReviewProductRejection::AlreadyReviewed { user_id, product_id });
        }
        let pair = StreamId::of("review", &ReviewId::of(&product_id, &user_id));
        let rating = rating.get();
        Ok(Events::one(pair, ReviewEvent::ProductReviewed { product_id, user_id, rating, text }))
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::catalog::example::{created, known, product, reviewed, user};

    fn review(who: &str) -> ReviewProduct {
        let (product_id, rating) = (product("PRD-1"), Rating::new(4).unwrap());
        ReviewProduct { product_id, user_id: user(who), rating, text: Some("Good.".into()) }
    }

    #[test]
    fn a_review_is_recorded_in_the_stream_of_the_pair() {
        given([created("PRD-1")]).and([known("ann")]).when(review("ann")).then([reviewed("PRD-1", "ann", 4)]);
    }

    #[test]
    fn a_user_reviews_a_product_once_and_others_may_too() {
        given([created("PRD-1")])
            .and([known("ann"), reviewed("PRD-1", "ann", 1)])
            .when(review("ann"))
            .then_rejected(ReviewProductRejection::AlreadyReviewed {
                user_id: user("ann"),
                product_id: product("PRD-1"),
            });
        given([created("PRD-1")])
            .and([known("ann"), known("bob"), reviewed("PRD-1", "ann", 1)])
            .when(review("bob"))
            .then([reviewed("PRD-1", "bob", 4)]);
    }

    #[test]
    fn both_must_exist_and_the_product_is_looked_at_first() {
        given([created("PRD-1")])
            .when(review("ann"))
            .then_rejected(ReviewProductRejection::ReviewerNotFound { user_id: user("ann") });
        given_nothing().when(review("ann")).then_rejected(ReviewProductRejection::ProductNotFound);
    }
}
