//! The ids of streams that stand between two things: a follow, a like, a review.

use std::fmt::Display;

use sha2::{Digest, Sha256};

/// The text of an id for these two, in this order: a hash of both, since two ids of 128 characters do not fit into one.
///
/// The line break between them is no character of an id, so no two pairs are hashed from the same text.
#[must_use]
pub fn of(one: &impl Display, other: &impl Display) -> String {
    let hash = Sha256::digest(format!("{one}\n{other}"));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_a_direction_and_a_fixed_length() {
        assert_ne!(of(&"a", &"b"), of(&"b", &"a"));
        let long = "x".repeat(128);
        assert_eq!(of(&long, &long).len(), 64);
    }
}
