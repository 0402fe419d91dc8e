//! The disk: counts what it is asked for, fails where the plan says so, and knows what is durable.

use std::{
    ffi::c_int,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use rand::{RngExt, SeedableRng, rngs::SmallRng};
use rusqlite::ffi;

use crate::{
    contents::{Contents, Key, key},
    plan::{Operation, Plan, Struck, Syncs, Trouble},
    registry, vfs,
};

/// A folder on a disk that fails as planned, as long as this lives.
#[derive(Debug)]
pub struct Disk(Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    folder: PathBuf,
    state: Mutex<State>,
    /// Files that SQLite has open.
    open: AtomicUsize,
}

#[derive(Debug)]
struct State {
    plan: Plan,
    counted: u64,
    struck: Option<Struck>,
    is_off: bool,
    random: SmallRng,
    contents: Contents,
    /// The most regions of the index of a WAL that were mapped, by the file that it is of.
    mapped: Vec<(Key, c_int)>,
}

impl Disk {
    /// Puts a folder that exists on a disk with this plan. Files that SQLite has open there already are not on it.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn of(folder: &Path, plan: Plan) -> io::Result<Self> {
        vfs::install();
        let state = State {
            plan,
            counted: 0,
            struck: None,
            is_off: false,
            random: SmallRng::seed_from_u64(plan.seed),
            contents: Contents::default(),
            mapped: Vec::new(),
        };
        let folder = folder.canonicalize()?;
        let disk = Arc::new(Inner { folder, state: Mutex::new(state), open: AtomicUsize::new(0) });
        registry::put(&disk);
        Ok(Self(disk))
    }

    /// How many operations were asked for, of those that count.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.0.state().counted
    }

    /// Where trouble began, if it has.
    #[must_use]
    pub fn struck(&self) -> Option<Struck> {
        self.0.state().struck.clone()
    }

    /// Begins trouble anew, counted from now.
    pub fn begin(&self, trouble: Trouble) {
        let mut state = self.0.state();
        (state.plan.trouble, state.counted, state.struck) = (trouble, 0, None);
    }

    /// Nothing fails from now on. Power that is off stays off.
    pub fn mend(&self) {
        self.0.state().plan.trouble = Trouble::Never;
    }

    /// Pulls the plug: everything fails from now on.
    pub fn cut(&self) {
        self.0.state().is_off = true;
    }

    /// Whether the power is off.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.0.state().is_off
    }

    /// Files that SQLite has open.
    #[must_use]
    pub fn open_files(&self) -> usize {
        self.0.open.load(Ordering::Acquire)
    }

    /// Puts into the folder what a power cut leaves of it. The folder is on an ordinary disk afterwards.
    ///
    /// # Errors
    /// Where a file cannot be written.
    ///
    /// # Panics
    /// Where SQLite has a file open: whoever had it has died with the power.
    pub fn after_the_cut(self) -> io::Result<()> {
        assert_eq!(self.open_files(), 0, "files are still open after a power cut");
        let mut state = self.0.state();
        let State { random, contents, .. } = &mut *state;
        contents.leave_what_is_durable(&self.0.folder, random)
    }
}

/// How an operation goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Go,
    Fail,
    Full,
}

impl State {
    /// Counts an operation and says how it goes on. `grows`: whether it needs room.
    fn judge(&mut self, operation: Operation, file: &Path, grows: bool) -> Verdict {
        if self.is_off {
            return Verdict::Fail;
        }
        if !operation.counts(self.plan.counts) {
            let lasting = matches!(self.plan.trouble, Trouble::Lasting(_)) && self.struck.is_some();
            return if lasting { Verdict::Fail } else { Verdict::Go };
        }
        self.counted += 1;
        let begins = self.plan.trouble.at() == Some(self.counted);
        if begins {
            self.struck = Some(Struck { operation, file: file.to_owned() });
        }
        let has_begun = self.plan.trouble.at().is_some_and(|at| self.counted >= at);
        match self.plan.trouble {
            Trouble::Once(_) if begins => Verdict::Fail,
            Trouble::Lasting(_) if has_begun => Verdict::Fail,
            Trouble::PowerCut(_) if has_begun => {
                self.is_off = true;
                Verdict::Fail
            }
            Trouble::Full(_) if has_begun && (grows || self.is_copying(operation)) => Verdict::Full,
            Trouble::Never
            | Trouble::Once(_)
            | Trouble::Lasting(_)
            | Trouble::Full(_)
            | Trouble::PowerCut(_) => Verdict::Go,
        }
    }

    /// Whether this disk needs room for every write, as those do that copy on write.
    fn is_copying(&self, operation: Operation) -> bool {
        operation == Operation::Write && self.plan.seed % 2 == 1
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_on(&self, file: &Path) -> bool {
        file.starts_with(&self.folder)
    }

    /// An operation that changes nothing, or nothing that is kept here.
    pub(crate) fn ask(
        &self,
        operation: Operation,
        file: &Path,
        failed: c_int,
        through: impl FnOnce() -> c_int,
    ) -> c_int {
        match self.state().judge(operation, file, false) {
            Verdict::Go => {}
            Verdict::Fail | Verdict::Full => return failed,
        }
        through()
    }

    /// Opens; answers what the file is known by.
    pub(crate) fn open(&self, file: &Path, through: impl FnOnce() -> c_int) -> Result<Key, c_int> {
        let mut state = self.state();
        if state.judge(Operation::Open, file, false) != Verdict::Go {
            return Err(ffi::SQLITE_CANTOPEN);
        }
        let new = !file.exists();
        match through() {
            ffi::SQLITE_OK => {}
            failed => return Err(failed),
        }
        self.open.fetch_add(1, Ordering::AcqRel);
        match state.contents.opened(file, new) {
            Ok(key) => Ok(key),
            Err(error) => panic!("{} was opened and cannot be read: {error}", file.display()),
        }
    }

    pub(crate) fn closed(&self) {
        self.open.fetch_sub(1, Ordering::AcqRel);
    }

    pub(crate) fn delete(&self, file: &Path, through: impl FnOnce() -> c_int) -> c_int {
        let mut state = self.state();
        if state.judge(Operation::Delete, file, false) != Verdict::Go {
            return ffi::SQLITE_IOERR_DELETE;
        }
        let key = file.metadata().map(|metadata| key(&metadata));
        let done = through();
        if done == ffi::SQLITE_OK
            && let Ok(key) = key
        {
            state.contents.deleted(file, key);
        }
        done
    }

    pub(crate) fn write(
        &self,
        (file, key): (&Path, Key),
        at: u64,
        bytes: &[u8],
        through: impl Fn(&[u8]) -> c_int,
    ) -> c_int {
        let mut state = self.state();
        let (from, length) = (usize::try_from(at).unwrap_or(usize::MAX), bytes.len());
        let grows = at.saturating_add(u64::try_from(length).unwrap_or(u64::MAX)) > state.contents.length(key);
        let (written, answer) = match state.judge(Operation::Write, file, grows) {
            Verdict::Go => (bytes, None),
            Verdict::Fail | Verdict::Full if state.is_off => return ffi::SQLITE_IOERR_WRITE,
            // A write that fails may have come some way.
            refused @ (Verdict::Fail | Verdict::Full) => {
                let most = state.random.random_range(0..=length);
                let code = if refused == Verdict::Full { ffi::SQLITE_FULL } else { ffi::SQLITE_IOERR_WRITE };
                (bytes.get(..most).unwrap_or_default(), Some(code))
            }
        };
        let done = if written.is_empty() { ffi::SQLITE_OK } else { through(written) };
        if done == ffi::SQLITE_OK {
            state.contents.written(key, from, written);
        }
        answer.unwrap_or(done)
    }

    pub(crate) fn truncate(
        &self,
        (file, key): (&Path, Key),
        length: u64,
        through: impl FnOnce() -> c_int,
    ) -> c_int {
        let mut state = self.state();
        if state.judge(Operation::Truncate, file, false) != Verdict::Go {
            return ffi::SQLITE_IOERR_TRUNCATE;
        }
        let done = through();
        if done == ffi::SQLITE_OK {
            state.contents.cut_off(key, usize::try_from(length).unwrap_or(usize::MAX));
        }
        done
    }

    pub(crate) fn sync(&self, (file, key): (&Path, Key)) -> c_int {
        let mut state = self.state();
        if state.judge(Operation::Sync, file, false) != Verdict::Go {
            if state.random.random_bool(0.5) {
                state.contents.lost(key);
            }
            return ffi::SQLITE_IOERR_FSYNC;
        }
        if state.plan.syncs == Syncs::Honest {
            state.contents.synced(key);
        }
        ffi::SQLITE_OK
    }

    /// Maps a region of the index of a WAL; `extend` where it may be made.
    pub(crate) fn map(
        &self,
        (file, key): (&Path, Key),
        region: c_int,
        extend: bool,
        through: impl FnOnce() -> c_int,
    ) -> c_int {
        let mut state = self.state();
        let mapped = state.mapped.iter().find(|(of, _)| *of == key).map_or(0, |(_, regions)| *regions);
        match state.judge(Operation::Map, file, extend && region >= mapped) {
            Verdict::Go => {}
            Verdict::Fail => return ffi::SQLITE_IOERR_SHMMAP,
            Verdict::Full => return ffi::SQLITE_IOERR_SHMSIZE,
        }
        let done = through();
        if done == ffi::SQLITE_OK && region >= mapped {
            state.mapped.retain(|(of, _)| *of != key);
            state.mapped.push((key, region + 1));
        }
        done
    }
}
