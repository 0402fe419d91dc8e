//! The names of the files of generations, and the pointer to the live one.
//!
//! `models/order_views-2.db` is generation 2 of `order_views`; `models/order_views.live` says which one queries read. The
//! pointer is replaced by renaming, so it is the old one or the new one, never half of each.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use diptych_core::{Failure, FailureKind, model::Generation};

use crate::open_error::OpenError;

/// The folder of all generations.
#[derive(Debug)]
pub(super) struct ModelFiles(PathBuf);

/// Which generation is live, and the newest that there ever was: numbers are not used again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pointer {
    pub(super) live: Option<Generation>,
    pub(super) newest: u32,
}

impl ModelFiles {
    pub(super) fn open(folder: &Path) -> Result<Self, OpenError> {
        fs::create_dir_all(folder).map_err(|error| OpenError::io(folder, error))?;
        Ok(Self(folder.to_owned()))
    }

    /// The file of a generation.
    pub(super) fn file(&self, name: &str, generation: Generation) -> PathBuf {
        self.0.join(format!("{name}-{generation}.db"))
    }

    /// Where a generation is made before it gets its name.
    pub(super) fn unfinished(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.unfinished"))
    }

    /// The generations that have a file, oldest first.
    pub(super) fn generations(&self, name: &str) -> Result<Vec<Generation>, Failure> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(|error| self.failure(error))? {
            let entry = entry.map_err(|error| self.failure(error))?.file_name();
            let number = entry
                .to_str()
                .and_then(|file| file.strip_prefix(name)?.strip_prefix('-')?.strip_suffix(".db"));
            found.extend(number.and_then(|number| number.parse().ok()).map(Generation));
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Which generation is live.
    pub(super) fn pointer(&self, name: &str) -> Result<Pointer, Failure> {
        let path = self.pointer_file(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Pointer::default()),
            Err(error) => return Err(self.failure(error)),
        };
        Pointer::parse(&text).ok_or_else(|| {
            let text = format!("{} does not say which generation is live; promote one", path.display());
            Failure::plain(FailureKind::Unreadable, text)
        })
    }

    /// Makes the pointer say something else; durable once it answers.
    pub(super) fn set_pointer(&self, name: &str, pointer: Pointer) -> Result<(), Failure> {
        let new = self.0.join(format!("{name}.live.new"));
        let written = File::create(&new).and_then(|mut file| {
            file.write_all(pointer.to_string().as_bytes())?;
            file.sync_all()
        });
        written
            .and_then(|()| fs::rename(&new, self.pointer_file(name)))
            .map_err(|error| self.failure(error))?;
        self.sync()
    }

    /// Gives an unfinished generation its name.
    pub(super) fn finish(&self, name: &str, generation: Generation) -> Result<(), Failure> {
        let finished = fs::rename(self.unfinished(name), self.file(name, generation));
        finished.map_err(|error| self.failure(error))?;
        self.sync()
    }

    /// Removes a database with what SQLite puts beside it.
    pub(super) fn remove(&self, file: &Path) -> Result<(), Failure> {
        for end in ["", "-wal", "-shm", "-journal"] {
            let mut path = file.as_os_str().to_owned();
            path.push(end);
            match fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(self.failure(error)),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    fn pointer_file(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.live"))
    }

    /// Makes new names durable.
    fn sync(&self) -> Result<(), Failure> {
        File::open(&self.0).and_then(|folder| folder.sync_all()).map_err(|error| self.failure(error))
    }

    fn failure(&self, error: std::io::Error) -> Failure {
        Failure::new(FailureKind::Unavailable, format!("keeping read models in {}", self.0.display()), error)
    }
}

impl Pointer {
    fn parse(text: &str) -> Option<Self> {
        let mut pointer = Self::default();
        for line in text.lines() {
            match line.split_once(' ')? {
                ("live", number) => pointer.live = Some(Generation(number.parse().ok()?)),
                ("newest", number) => pointer.newest = number.parse().ok()?,
                _ => return None,
            }
        }
        Some(pointer)
    }
}

impl std::fmt::Display for Pointer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(live) = self.live {
            writeln!(f, "live {live}")?;
        }
        writeln!(f, "newest {}", self.newest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_written_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let files = ModelFiles::open(folder.path()).unwrap();
        assert_eq!(files.pointer("m").unwrap(), Pointer::default());
        for pointer in [Pointer { live: None, newest: 1 }, Pointer { live: Some(Generation(2)), newest: 7 }] {
            files.set_pointer("m", pointer).unwrap();
            assert_eq!(files.pointer("m").unwrap(), pointer);
        }
    }

    #[test]
    fn a_generation_belongs_to_one_name_only() {
        let folder = tempfile::tempdir().unwrap();
        let files = ModelFiles::open(folder.path()).unwrap();
        for file in ["a-1.db", "a-10.db", "a-2.db", "a-b-3.db", "a-1-4.db", "a-5.db-wal", "ab-6.db"] {
            File::create(folder.path().join(file)).unwrap();
        }
        assert_eq!(files.generations("a").unwrap(), [1, 2, 10].map(Generation));
        assert_eq!(files.generations("a-1").unwrap(), [Generation(4)]);
    }
}
