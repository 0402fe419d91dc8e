//! Which folders are on a disk of ours.

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock, Weak},
};

use crate::disk::Inner;

static DISKS: RwLock<Vec<Weak<Inner>>> = RwLock::new(Vec::new());

/// Files below the disk's folder go through it from now on, until it is dropped.
pub(crate) fn put(disk: &Arc<Inner>) {
    let mut disks = DISKS.write().unwrap_or_else(PoisonError::into_inner);
    disks.retain(|disk| disk.strong_count() > 0);
    disks.push(Arc::downgrade(disk));
}

/// The newest disk that a file is on.
pub(crate) fn disk_of(file: &Path) -> Option<Arc<Inner>> {
    let disks = DISKS.read().unwrap_or_else(PoisonError::into_inner);
    disks.iter().rev().filter_map(Weak::upgrade).find(|disk| disk.is_on(file))
}
