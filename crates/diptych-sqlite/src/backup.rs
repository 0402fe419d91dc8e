//! Copies of a folder, made while it is served, and put back.
//!
//! Each file is copied as of one moment that a read transaction holds, so whoever serves the folder goes on writing. Read models
//! are copied before the log: what they hold is in it. Keys are copied after it: every event's key is there, but those of persons who
//! were erased meanwhile are gone, as they should be. A copy appears under its name when it is whole, by a rename; before that it
//! stands beside it.

use std::{
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};

use crate::{
    keys,
    open_error::OpenError,
    schema::{self, Owner},
    snapshots, store,
};

/// Pages that are copied between two looks at whether it goes on.
const PAGES: i32 = 2_048;
/// The folder of read models.
const MODELS: &str = "models";
/// What is copied as it is, where it is there.
const PLAIN: [&str; 2] = ["operated.json", "master.key"];

/// How far a copy has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copying<'a> {
    /// The file being copied.
    pub file: &'a str,
    /// Pages of it that are copied.
    pub pages: u64,
    /// Pages that it has.
    pub of: u64,
}

/// Whether a copy goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goes {
    /// It does.
    On,
    /// It is called off; nothing of it stays.
    Off,
}

/// Copies a folder that may be being served. The copy is a folder that can be served in turn. Answers false where it was called off.
///
/// # Errors
/// [`OpenError`] where the folder is none of ours, the other one has something in it, or one of them cannot be read or written. Nothing of the copy
/// stays.
pub fn backup(
    folder: &Path,
    to: &Path,
    tell: &mut dyn FnMut(Copying<'_>) -> Goes,
) -> Result<bool, OpenError> {
    if owner(folder)? != Owner::Diptych {
        return Err(OpenError::Foreign { path: folder.to_owned(), found: "no folder of ours".to_owned() });
    }
    appear(to, |unfinished| {
        let models = copy_models(folder, unfinished, tell)?;
        let databases = [snapshots::FILE, store::FILE, keys::FILE];
        if models == Goes::Off {
            return Ok(Goes::Off);
        }
        for name in databases.iter().filter(|name| folder.join(name).exists()) {
            if copy_database(&folder.join(name), &unfinished.join(name), tell)? == Goes::Off {
                return Ok(Goes::Off);
            }
        }
        for name in PLAIN {
            copy_plain(&folder.join(name), &unfinished.join(name))?;
        }
        Ok(Goes::On)
    })
}

/// Puts a copy back as a folder, which must not be there yet or be empty. The copy stays. Answers false where it was called off.
///
/// # Errors
/// As [`backup`]; also where the copy's log is damaged.
pub fn restore(
    from: &Path,
    folder: &Path,
    tell: &mut dyn FnMut(Copying<'_>) -> Goes,
) -> Result<bool, OpenError> {
    let log = from.join(store::FILE);
    let done = backup(from, folder, tell)?;
    if done {
        let sound = integrity(&folder.join(store::FILE)).map_err(|error| OpenError::sqlite(&log, error))?;
        if let Some(damage) = sound {
            fs::remove_dir_all(folder).map_err(|error| OpenError::io(folder, error))?;
            return Err(OpenError::Broken { path: log, source: damage.into() });
        }
    }
    Ok(done)
}

fn owner(folder: &Path) -> Result<Owner, OpenError> {
    let log = folder.join(store::FILE);
    schema::owner(&log).map_err(|error| OpenError::io(&log, error))
}

/// What is wrong with a database; none where nothing is.
fn integrity(file: &Path) -> rusqlite::Result<Option<String>> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let told: String = connection.query_row("PRAGMA quick_check (1)", [], |row| row.get(0))?;
    Ok((told != "ok").then_some(told))
}

/// Makes a folder beside the one that is wanted, and renames it when it is whole.
fn appear(wanted: &Path, fill: impl FnOnce(&Path) -> Result<Goes, OpenError>) -> Result<bool, OpenError> {
    let of = |path: &Path, error| OpenError::io(path, error);
    let is_empty = fs::read_dir(wanted).map(|mut entries| entries.next().is_none());
    match is_empty {
        Ok(false) => {
            let found = "a folder with other things in it".to_owned();
            return Err(OpenError::Foreign { path: wanted.to_owned(), found });
        }
        Ok(true) => fs::remove_dir(wanted).map_err(|error| of(wanted, error))?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(of(wanted, error)),
    }
    let mut unfinished = wanted.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    remove(&unfinished)?;
    fs::create_dir_all(&unfinished).map_err(|error| of(&unfinished, error))?;
    let filled = fill(&unfinished);
    if !matches!(filled, Ok(Goes::On)) {
        remove(&unfinished)?;
        return filled.map(|_| false);
    }
    let synced = sync(&unfinished).and_then(|()| fs::rename(&unfinished, wanted));
    synced.map_err(|error| of(wanted, error))?;
    let above = wanted.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    sync(above).map_err(|error| of(above, error))?;
    Ok(true)
}

fn remove(folder: &Path) -> Result<(), OpenError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(OpenError::io(folder, error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn sync(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The pointers first: one that leads to a generation that was removed meanwhile leads to nothing, and the next is made anew.
fn copy_models(
    folder: &Path,
    to: &Path,
    tell: &mut dyn FnMut(Copying<'_>) -> Goes,
) -> Result<Goes, OpenError> {
    let (from, to) = (folder.join(MODELS), to.join(MODELS));
    fs::create_dir_all(&to).map_err(|error| OpenError::io(&to, error))?;
    let entries = match fs::read_dir(&from) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Goes::On),
        entries => entries.map_err(|error| OpenError::io(&from, error))?,
    };
    let names: Result<Vec<_>, _> = entries.map(|entry| entry.map(|entry| entry.file_name())).collect();
    let names = names.map_err(|error| OpenError::io(&from, error))?;
    let ends = |name: &std::ffi::OsString, end: &str| name.to_string_lossy().ends_with(end);
    for name in names.iter().filter(|name| ends(name, ".live")) {
        copy_plain(&from.join(name), &to.join(name))?;
    }
    for name in names.iter().filter(|name| ends(name, ".db")) {
        match copy_database(&from.join(name), &to.join(name), tell) {
            Ok(Goes::Off) => return Ok(Goes::Off),
            Err(_) if !from.join(name).exists() => match fs::remove_file(to.join(name)) {
                Ok(()) => {}
                Err(error) => tracing::debug!(%error, "a generation was removed while it was copied"),
            },
            copied => drop(copied?),
        }
    }
    sync(&to).map_err(|error| OpenError::io(&to, error))?;
    Ok(Goes::On)
}

/// One database as of one moment.
fn copy_database(
    from: &Path,
    to: &Path,
    tell: &mut dyn FnMut(Copying<'_>) -> Goes,
) -> Result<Goes, OpenError> {
    let goes = copy_pages(from, to, tell).map_err(|error| OpenError::sqlite(from, error))?;
    if goes == Goes::On {
        let permissions = fs::metadata(from).map_err(|error| OpenError::io(from, error))?.permissions();
        let set = fs::set_permissions(to, permissions);
        set.and_then(|()| File::open(to)?.sync_all()).map_err(|error| OpenError::io(to, error))?;
    }
    Ok(goes)
}

fn copy_pages(from: &Path, to: &Path, tell: &mut dyn FnMut(Copying<'_>) -> Goes) -> rusqlite::Result<Goes> {
    let name = from.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // No file is made by this, and nothing is written; a log of ours that nobody serves may have to be read from its WAL.
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    source.busy_timeout(std::time::Duration::from_secs(5))?;
    let mut target = Connection::open(to)?;
    // The moment: without a transaction that holds it, a copy would begin anew whenever something is written.
    source.execute_batch("BEGIN")?;
    source.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    let backup = Backup::new(&source, &mut target)?;
    loop {
        let step = backup.step(PAGES)?;
        let progress = backup.progress();
        let (left, of) =
            (u64::from(progress.remaining.unsigned_abs()), u64::from(progress.pagecount.unsigned_abs()));
        if tell(Copying { file: &name, pages: of.saturating_sub(left), of }) == Goes::Off {
            return Ok(Goes::Off);
        }
        if step == StepResult::Done {
            return Ok(Goes::On);
        }
        if step != StepResult::More {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

fn copy_plain(from: &Path, to: &Path) -> Result<(), OpenError> {
    match fs::copy(from, to) {
        Ok(_) => File::open(to).and_then(|file| file.sync_all()).map_err(|error| OpenError::io(to, error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(OpenError::io(from, error)),
    }
}
