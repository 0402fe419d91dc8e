//! Streams: the ordered events of one thing.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::id::{Id, Identifier, InvalidId};

/// Names one stream: what kind of thing (`order`) and which (`ORD-001`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StreamId {
    category: SmolStr,
    id: Id,
}

impl StreamId {
    /// The stream of the thing of this id.
    ///
    /// `category` is a word of the program, not of its input: lower-case letters, digits, `_` and `-`.
    #[must_use]
    pub fn of(category: &str, id: &impl Identifier) -> Self {
        Self { category: category.into(), id: id.id() }
    }

    /// The stream of a thing whose id comes as text.
    ///
    /// # Errors
    /// [`InvalidId`] where the id breaks the rules.
    pub fn parse(category: &str, id: &str) -> Result<Self, InvalidId> {
        Ok(Self { category: category.into(), id: Id::new(id)? })
    }

    /// What kind of thing.
    #[must_use]
    pub fn category(&self) -> &str {
        &self.category
    }

    /// Which of its kind.
    #[must_use]
    pub fn id(&self) -> &Id {
        &self.id
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.category, self.id)
    }
}
