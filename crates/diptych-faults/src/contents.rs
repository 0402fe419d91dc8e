//! What of each file is durable, and what only seems to be there: from it follows what a power cut leaves.
//!
//! Files are known by their inode, so one that is renamed stays the same. One handle of each is held open from its first
//! opening on and not closed before the disk goes: closing any handle would drop the locks that SQLite has on the file.

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use rand::{RngExt, rngs::SmallRng};

/// What a write may be torn into, in bytes.
const SECTOR: usize = 512;

/// Tells files apart while they are held open.
pub(crate) type Key = (u64, u64);

/// A file as it was synced, and what was done to it since.
#[derive(Debug)]
struct Kept {
    key: Key,
    file: File,
    durable: Vec<u8>,
    /// Whether its name is durable too.
    named: bool,
    pending: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

/// All files of a disk.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    files: Vec<Kept>,
    /// In the order in which they were deleted, since the last sync.
    deleted: Vec<(PathBuf, Kept)>,
}

impl Contents {
    /// A file has been opened; `new` where it was made by that.
    pub(crate) fn opened(&mut self, path: &Path, new: bool) -> io::Result<Key> {
        let key = key(&fs::metadata(path)?);
        if self.files.iter().any(|kept| kept.key == key) {
            return Ok(key);
        }
        let mut file = File::open(path)?;
        let mut durable = Vec::new();
        file.read_to_end(&mut durable)?;
        self.files.push(Kept { key, file, durable, named: !new, pending: Vec::new() });
        Ok(key)
    }

    /// How long a file is now, in bytes.
    pub(crate) fn length(&self, key: Key) -> u64 {
        let kept = self.files.iter().find(|kept| kept.key == key);
        kept.and_then(|kept| kept.file.metadata().ok()).map_or(0, |metadata| metadata.len())
    }

    pub(crate) fn written(&mut self, key: Key, at: usize, bytes: &[u8]) {
        if let Some(kept) = self.kept(key) {
            kept.pending.push(Change::Write { at, bytes: bytes.to_vec() });
        }
    }

    pub(crate) fn cut_off(&mut self, key: Key, length: usize) {
        if let Some(kept) = self.kept(key) {
            kept.pending.push(Change::Length(length));
        }
    }

    /// A sync makes its file durable, and the names of all.
    pub(crate) fn synced(&mut self, key: Key) {
        self.deleted.clear();
        if let Some(kept) = self.kept(key) {
            kept.named = true;
            for change in std::mem::take(&mut kept.pending) {
                change.apply(&mut kept.durable);
            }
        }
    }

    /// A sync that failed has lost what it was to write.
    pub(crate) fn lost(&mut self, key: Key) {
        if let Some(kept) = self.kept(key) {
            kept.pending.clear();
        }
    }

    pub(crate) fn deleted(&mut self, path: &Path, key: Key) {
        if let Some(at) = self.files.iter().position(|kept| kept.key == key) {
            self.deleted.push((path.to_owned(), self.files.swap_remove(at)));
        }
    }

    /// Puts on the disk what is left of everything. Nobody may have any of the files open.
    pub(crate) fn leave_what_is_durable(&mut self, folder: &Path, random: &mut SmallRng) -> io::Result<()> {
        for path in files_below(folder)? {
            let key = key(&fs::metadata(&path)?);
            match self.kept(key) {
                Some(kept) if !kept.named && random.random_bool(0.5) => fs::remove_file(&path)?,
                Some(kept) => fs::write(&path, kept.left(random))?,
                // Memory does not outlive a power cut; what the file has, nobody knows.
                None if is_map(&path) => fs::write(&path, noise(random))?,
                None => {}
            }
        }
        let undone = random.random_range(0..=self.deleted.len());
        let kept = self.deleted.len() - undone;
        for (path, mut kept) in self.deleted.drain(..).skip(kept) {
            fs::write(path, kept.left(random))?;
        }
        self.files.clear();
        Ok(())
    }

    fn kept(&mut self, key: Key) -> Option<&mut Kept> {
        self.files.iter_mut().find(|kept| kept.key == key)
    }
}

impl Kept {
    /// What a cut leaves: what is durable, with some of what came after.
    fn left(&mut self, random: &mut SmallRng) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        // Sometimes all of it was written back already, sometimes nothing, mostly something.
        let chance = *[0.0, 0.5, 0.5, 0.9, 1.0].get(random.random_range(0..5_usize)).unwrap_or(&0.5);
        for change in self.pending.drain(..) {
            match change {
                Change::Write { at, bytes: new } if random.random_bool(0.3) => {
                    for (nth, sector) in new.chunks(SECTOR).enumerate() {
                        if random.random_bool(chance) {
                            write(&mut bytes, at + nth * SECTOR, sector);
                        }
                    }
                }
                change if random.random_bool(chance) => change.apply(&mut bytes),
                // The length is sometimes there before the bytes.
                Change::Write { at, bytes: new } if random.random_bool(chance * 0.3) => {
                    bytes.resize(bytes.len().max(at + new.len()), 0);
                }
                Change::Write { .. } | Change::Length(_) => {}
            }
        }
        bytes
    }
}

impl Change {
    fn apply(self, file: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => write(file, at, &bytes),
            Self::Length(length) => file.resize(length, 0),
        }
    }
}

fn write(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[at..end].copy_from_slice(bytes);
}

/// What tells a file apart.
pub(crate) fn key(metadata: &fs::Metadata) -> Key {
    (metadata.dev(), metadata.ino())
}

fn is_map(path: &Path) -> bool {
    path.as_os_str().to_string_lossy().ends_with("-shm")
}

fn noise(random: &mut SmallRng) -> Vec<u8> {
    let mut bytes = vec![0; 32_768];
    random.fill(&mut bytes[..]);
    bytes
}

fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_below(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
