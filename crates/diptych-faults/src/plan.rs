//! What is to go wrong, and when.

use std::path::PathBuf;

/// What goes wrong. Operations are counted from 1, in the order in which SQLite asks for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing; operations are only counted.
    Never,
    /// This operation fails; those after it do not.
    Once(u64),
    /// From this operation on, all fail until [`Disk::mend`](crate::Disk::mend).
    Lasting(u64),
    /// From this operation on there is no room, until [`Disk::mend`](crate::Disk::mend).
    Full(u64),
    /// From this operation on the power is off: all fail, and what was not synced is lost, or kept in part.
    PowerCut(u64),
}

impl Trouble {
    /// The operation at which it begins.
    pub(crate) const fn at(self) -> Option<u64> {
        match self {
            Self::Never => None,
            Self::Once(at) | Self::Lasting(at) | Self::Full(at) | Self::PowerCut(at) => Some(at),
        }
    }
}

/// Which operations count, and so can be hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Those that change something: open, write, truncate, sync, delete, map.
    Changes,
    /// Reading, asking and locking too.
    Everything,
}

/// Whether syncs do what they say. A proof that holds on a disk that lies proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syncs {
    /// What was synced is there after a power cut.
    Honest,
    /// They answer that all is well, and do nothing.
    Lying,
}

/// What a disk is to do.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// What goes wrong.
    pub trouble: Trouble,
    /// What is counted.
    pub counts: Counts,
    /// Whether syncs are honest.
    pub syncs: Syncs,
    /// Decides what is torn and what a cut keeps.
    pub seed: u64,
}

impl Plan {
    /// Trouble among the operations that change something, on a disk that does not lie.
    #[must_use]
    pub const fn of(trouble: Trouble, seed: u64) -> Self {
        Self { trouble, counts: Counts::Changes, syncs: Syncs::Honest, seed }
    }

    /// Counting these.
    #[must_use]
    pub const fn counting(mut self, counts: Counts) -> Self {
        self.counts = counts;
        self
    }

    /// With such syncs.
    #[must_use]
    pub const fn syncs(mut self, syncs: Syncs) -> Self {
        self.syncs = syncs;
        self
    }
}

/// What SQLite asks of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A file is opened, or made.
    Open,
    /// A file is deleted.
    Delete,
    /// A file is asked for: is it there, may it be written.
    Access,
    /// Bytes are read.
    Read,
    /// Bytes are written.
    Write,
    /// A file is cut off.
    Truncate,
    /// What was written is made durable.
    Sync,
    /// The length of a file is asked for.
    Size,
    /// A lock on a file is taken.
    Lock,
    /// The index of a WAL is mapped into memory.
    Map,
    /// A lock on the index of a WAL is taken.
    MapLock,
}

impl Operation {
    pub(crate) const fn counts(self, counts: Counts) -> bool {
        let changes =
            matches!(self, Self::Open | Self::Delete | Self::Write | Self::Truncate | Self::Sync | Self::Map);
        changes || matches!(counts, Counts::Everything)
    }
}

/// The operation that trouble began at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Struck {
    /// What was asked for.
    pub operation: Operation,
    /// Of which file.
    pub file: PathBuf,
}
