//! What queries answer: one thing ([`Shown`]) or a part of a list ([`Listed`]), with what a caller needs to go on from there.

use serde_json::Value;

use crate::position::{Position, Revision};

/// One thing, as a read model shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown<T> {
    /// The view.
    pub view: T,
    /// The revision of the thing's stream that the view holds: the version that a caller may guard a change with.
    pub version: Revision,
    /// The position of the last event that changed this view.
    pub changed: Position,
}

/// The values that a list is sorted by, of one item; the last is its id, so that no two items have the same.
pub type SortKeys = Vec<Value>;

/// Where a part of a list begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// After so many items.
    Offset(u32),
    /// After the item of these keys: neither skips nor repeats while others are added.
    After(SortKeys),
    /// The items just before the item of these keys, in the list's order.
    Before(SortKeys),
}

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it begins.
    pub start: Start,
    /// How many items at most.
    pub limit: u32,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<T> {
    /// The items in the list's order, each with its keys.
    pub items: Vec<(SortKeys, T)>,
    /// Whether there are items before the first of these.
    pub more_before: bool,
    /// Whether there are items after the last of these.
    pub more_after: bool,
    /// How many items the whole list has.
    pub total: u64,
}

impl<T> Listed<T> {
    /// An empty list.
    #[must_use]
    pub const fn empty() -> Self {
        Self { items: Vec::new(), more_before: false, more_after: false, total: 0 }
    }

    /// The same part with every item made into another.
    ///
    /// # Errors
    /// The first error of `make`.
    pub fn try_map<U, E>(self, mut make: impl FnMut(T) -> Result<U, E>) -> Result<Listed<U>, E> {
        let Self { items, more_before, more_after, total } = self;
        let items = items.into_iter().map(|(keys, item)| Ok((keys, make(item)?)));
        Ok(Listed { items: items.collect::<Result<_, E>>()?, more_before, more_after, total })
    }

    /// A part of a list, from up to `limit + 1` items read in reading order: for [`Start::Before`] that is backwards from
    /// the keys. The item too many only tells that there are more.
    #[must_use]
    pub fn from_read(part: &Part, mut read: Vec<(SortKeys, T)>, total: u64) -> Self {
        let limit = usize::try_from(part.limit).unwrap_or(usize::MAX);
        let more = read.len() > limit;
        read.truncate(limit);
        let (more_before, more_after) = match part.start {
            Start::Offset(skipped) => (skipped > 0, more),
            Start::After(_) => (true, more),
            Start::Before(_) => {
                read.reverse();
                (more, true)
            }
        };
        Self { items: read, more_before, more_after, total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_read_backwards_comes_out_in_the_lists_order() {
        let part = Part { start: Start::Before(vec![4.into()]), limit: 2 };
        let read = [3, 2, 1].map(|n| (vec![Value::from(n)], n)).into();
        let listed = Listed::from_read(&part, read, 9);
        assert_eq!(listed.items.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [2, 3]);
        assert!(listed.more_before && listed.more_after);
    }
}
