//! An open file: SQLite's way to bytes and locks. Each call goes to the disk, which hands it on to the system's file or not.
//!
//! In the room that SQLite gives, our own few bytes come first, then those of the system's file.
#![allow(unsafe_code, reason = "SQLite takes a file as a struct of C functions")]

use std::{
    ffi::{c_int, c_void},
    path::{Path, PathBuf},
    ptr, slice,
    sync::Arc,
};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods};

use crate::{contents::Key, disk::Inner, plan::Operation};

/// What ours takes of the room, in bytes: a multiple of what the system's file is aligned to.
pub(crate) const SIZE: c_int = 16;

#[repr(C)]
struct Ours {
    base: sqlite3_file,
    opened: *mut Opened,
}

const _: () = assert!(size_of::<Ours>() == 16);

/// What is known of an open file.
pub(crate) struct Opened {
    pub(crate) disk: Arc<Inner>,
    pub(crate) path: PathBuf,
    pub(crate) key: Key,
}

impl Opened {
    fn which(&self) -> (&Path, Key) {
        (&self.path, self.key)
    }
}

/// Without version 3, which maps files into memory.
static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(map),
    xShmLock: Some(map_lock),
    xShmBarrier: Some(map_barrier),
    xShmUnmap: Some(unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Where the system's file is.
///
/// # Safety
/// `file` has room for ours and the system's.
pub(crate) unsafe fn system(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: what the caller promises.
    unsafe { file.cast::<Ours>().add(1).cast() }
}

/// Makes it a file of ours, whose system's file is open.
///
/// # Safety
/// `file` has room for ours and the system's, and is not used yet.
pub(crate) unsafe fn put(file: *mut sqlite3_file, opened: Opened) {
    let opened = Box::into_raw(Box::new(opened));
    // SAFETY: what the caller promises. `close` takes the box back.
    unsafe { file.cast::<Ours>().write(Ours { base: sqlite3_file { pMethods: &raw const METHODS }, opened }) }
}

/// The parts of a file that `put` has made.
///
/// # Safety
/// `put` has made it and it was not closed. SQLite calls these functions with no other file.
unsafe fn parts<'a>(file: *mut sqlite3_file) -> (&'a Opened, *mut sqlite3_file, &'a sqlite3_io_methods) {
    // SAFETY: what the caller promises; the system's file has its methods while it is open.
    unsafe {
        let system = system(file);
        (&*(*file.cast::<Ours>()).opened, system, &*(*system).pMethods)
    }
}

/// Calls a function of the system's file; answers `$missing` where it has none.
macro_rules! call {
    ($methods:ident . $name:ident ($($argument:expr),*) or $missing:expr) => {
        match $methods.$name {
            // SAFETY: the arguments are SQLite's own, but for the file, which is that of the function.
            Some(function) => unsafe { function($($argument),*) },
            None => $missing,
        }
    };
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: see `parts`.
    let (opened, system, methods) = unsafe { parts(file) };
    let done = call!(methods.xClose(system) or ffi::SQLITE_OK);
    opened.disk.closed();
    // SAFETY: `put` has made the box. SQLite closes a file once, and does not use it afterwards.
    unsafe {
        let ours = file.cast::<Ours>();
        drop(Box::from_raw((*ours).opened));
        (*ours).opened = ptr::null_mut();
    }
    done
}

unsafe extern "C" fn read(file: *mut sqlite3_file, to: *mut c_void, amount: c_int, offset: i64) -> c_int {
    // SAFETY: see `parts`.
    let (opened, system, methods) = unsafe { parts(file) };
    let through = || call!(methods.xRead(system, to, amount, offset) or ffi::SQLITE_IOERR_READ);
    opened.disk.ask(Operation::Read, &opened.path, ffi::SQLITE_IOERR_READ, through)
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    amount: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: see `parts`; SQLite gives so many bytes.
    let ((opened, system, methods), bytes) = unsafe {
        (parts(file), slice::from_raw_parts(from.cast::<u8>(), usize::try_from(amount).unwrap_or(0)))
    };
    let through = |bytes: &[u8]| {
        let amount = c_int::try_from(bytes.len()).unwrap_or(0);
        call!(methods.xWrite(system, bytes.as_ptr().cast(), amount, offset) or ffi::SQLITE_IOERR_WRITE)
    };
    opened.disk.write(opened.which(), offset.unsigned_abs(), bytes, through)
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, length: i64) -> c_int {
    // SAFETY: see `parts`.
    let (opened, system, methods) = unsafe { parts(file) };
    let through = || call!(methods.xTruncate(system, length) or ffi::SQLITE_IOERR_TRUNCATE);
    opened.disk.truncate(opened.which(), length.unsigned_abs(), through)
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _: c_int) -> c_int {
    // SAFETY: see `parts`.
    let (opened, ..) = unsafe { parts(file) };
    opened.disk.sync(opened.which())
}

unsafe extern "C" fn size(file: *mut sqlite3_file, size: *mut i64) -> c_int {
    // SAFETY: see `parts`.
    let (opened, system, methods) = unsafe { parts(file) };
    let through = || call!(methods.xFileSize(system, size) or ffi::SQLITE_IOERR_FSTAT);
    opened.disk.ask(Operation::Size, &opened.path, ffi::SQLITE_IOERR_FSTAT, through)
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: see `parts`.
    let (opened, system, methods) = unsafe { parts(file) };
    let through = || call!(methods.xLock(system, level) or ffi::SQLITE_IOERR_LOCK);
    opened.disk.ask(Operation::Lock, &opened.path, ffi::SQLITE_IOERR_LOCK, through)
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: see `parts`.
    let (_, system, methods) = unsafe { parts(file) };
    call!(methods.xUnlock(system, level) or ffi::SQLITE_IOERR_UNLOCK)
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: see `parts`.
    let (_, system, methods) = unsafe { parts(file) };
    call!(methods.xCheckReservedLock(system, out) or ffi::SQLITE_IOERR_CHECKRESERVEDLOCK)
}

unsafe extern "C" fn control(file: *mut sqlite3_file, operation: c_int, argument: *mut c_void) -> c_int {
    // SAFETY: see `parts`.
    let (_, system, methods) = unsafe { parts(file) };
    call!(methods.xFileControl(system, operation, argument) or ffi::SQLITE_NOTFOUND)
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    // SAFETY: see `parts`.
    let (_, system, methods) = unsafe { parts(file) };
    call!(methods.xSectorSize(system) or 4096)
}

unsafe extern "C" fn characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: see `parts`.
    let (_, system, methods) = unsafe { parts(file) };
    call!(methods.xDeviceCharacteristics(system) or 0)
}

unsafe extern "C" fn map(
    file: *mut sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: see `parts`.
    let (opened, system, methods) = unsafe { parts(file) };
    let through = || call!(methods.xShmMap(system, region, size, extend, out) or ffi::SQLITE_IOERR_SHMMAP);
    opened.disk.map(opened.which(), region, extend != 0, through)
}

unsafe extern "C" fn map_lock(file: *mut sqlite3_file, offset: c_int, n: c_int, flags: c_int) -> c_int {
    // SAFETY: see `parts`.
    let (opened, system, methods) = unsafe { parts(file) };
    let through = || call!(methods.xShmLock(system, offset, n, flags) or ffi::SQLITE_IOERR_SHMLOCK);
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        return through();
    }
    opened.disk.ask(Operation::MapLock, &opened.path, ffi::SQLITE_IOERR_SHMLOCK, through)
}

unsafe extern "C" fn map_barrier(file: *mut sqlite3_file) {
    // SAFETY: see `parts`.
    let (_, system, methods) = unsafe { parts(file) };
    call!(methods.xShmBarrier(system) or ());
}

unsafe extern "C" fn unmap(file: *mut sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: see `parts`.
    let (_, system, methods) = unsafe { parts(file) };
    call!(methods.xShmUnmap(system, delete) or ffi::SQLITE_OK)
}
