//! How many appends a store wrote together: counted where they are written, read by whoever measures.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// The upper bounds of the sizes that are told apart; the last of them has none.
pub const GROUP_SIZES: [u64; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/// Counts groups by their size. Cheap to clone; clones count together.
#[derive(Clone, Debug, Default)]
pub struct GroupSizes(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// How many groups of each of the sizes, and of larger ones.
    groups: [AtomicU64; GROUP_SIZES.len() + 1],
    appends: AtomicU64,
}

impl GroupSizes {
    /// So many appends were written together. None are no group.
    pub fn count(&self, appends: usize) {
        let appends = u64::try_from(appends).unwrap_or(u64::MAX);
        if appends == 0 {
            return;
        }
        let size = GROUP_SIZES.iter().position(|bound| appends <= *bound).unwrap_or(GROUP_SIZES.len());
        self.0.groups[size].fetch_add(1, Ordering::Relaxed);
        self.0.appends.fetch_add(appends, Ordering::Relaxed);
    }

    /// How many appends were written in groups of any size.
    #[must_use]
    pub fn appends(&self) -> u64 {
        self.0.appends.load(Ordering::Relaxed)
    }

    /// How many groups there were of each size, by the bounds of [`GROUP_SIZES`], the last without one.
    #[must_use]
    pub fn groups(&self) -> [u64; GROUP_SIZES.len() + 1] {
        std::array::from_fn(|at| self.0.groups[at].load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_counted_by_their_size() {
        let sizes = GroupSizes::default();
        for appends in [0, 1, 3, 4, 512, 513] {
            sizes.clone().count(appends);
        }
        assert_eq!(sizes.groups(), [1, 0, 2, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(sizes.appends(), 1 + 3 + 4 + 512 + 513);
    }
}
