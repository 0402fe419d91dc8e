//! What opening a folder would do to its files, found out without opening them.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use crate::{keys, open_error::OpenError, schema, snapshots, store};

/// Where a database file has its `user_version`, in bytes from its start, big-endian; see sqlite.org/fileformat2.html.
const USER_VERSION: std::ops::Range<usize> = 60..64;

/// The SQL that opening a folder would run to bring its files up to date, those of read models apart; none where they are.
/// A folder that is being served is looked at too.
///
/// # Errors
/// [`OpenError`] where a file cannot be read, or is newer than this program.
pub fn migrations(folder: &Path) -> Result<Option<String>, OpenError> {
    let files =
        [(store::FILE, &schema::LOG), (keys::FILE, &schema::KEYS), (snapshots::FILE, &schema::SNAPSHOTS)];
    let mut all = String::new();
    for (name, schema) in files {
        let path = folder.join(name);
        let version = version(&path).map_err(|error| OpenError::io(&path, error))?;
        for step in schema.steps(&path, version)? {
            all.push_str(&format!("-- {}\n{step}\n", path.display()));
        }
    }
    Ok(Some(all).filter(|all| !all.is_empty()))
}

/// 0 where there is nothing yet.
fn version(path: &Path) -> io::Result<i32> {
    let mut start = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(100).read_to_end(&mut start)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let bytes = start.get(USER_VERSION).and_then(|bytes| bytes.try_into().ok());
    Ok(bytes.map_or(0, i32::from_be_bytes))
}
