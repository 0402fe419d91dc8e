//! A disk that fails SQLite where a test says so: at the n-th write, sync, truncate, delete, open or mapping.
//!
//! [`Disk::of`] puts a folder on such a disk. Every file that SQLite opens below it goes through a VFS of ours, which
//! wraps the one of the system and is made the default of the process; files elsewhere are handed straight on. Read
//! [`plan`](Trouble) for what can go wrong, `contents.rs` for what a power cut leaves, then `vfs.rs` and `file.rs`, the
//! only files with unsafe code.
//!
//! What is modelled: a write may be torn into sectors of 512 bytes. What was written but not synced is, after a cut,
//! there, not there, or there in part, each sector on its own. A sync that fails may have lost what it was to write, and
//! the next one does not bring it back, as on Linux. Creating and deleting files is ordered: the last deletions before
//! the cut may be undone, and those before any sync are not, as on ext4 and XFS. A full disk refuses either every write or
//! only those that make a file longer.
//!
//! What is not: what a program does to files without SQLite (a rename, a pointer file) happens at once and stays.
//! SQLite's syncs do not reach the real disk at all, so a proof tries hundreds of cuts in a second.

mod contents;
mod disk;
mod file;
mod plan;
mod registry;
mod vfs;

pub use disk::Disk;
pub use plan::{Counts, Operation, Plan, Struck, Syncs, Trouble};
