//! The VFS: SQLite's way to files by name. What is on no disk of ours is handed to the system's own, untouched.
#![allow(unsafe_code, reason = "SQLite takes a VFS as a struct of C functions")]

use std::{
    ffi::{CStr, OsStr, c_char, c_int},
    os::unix::ffi::OsStrExt,
    path::Path,
    ptr,
    sync::{
        Once,
        atomic::{AtomicPtr, Ordering},
    },
};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_vfs};

use crate::{
    file::{self, Opened, SIZE},
    plan::Operation,
    registry::disk_of,
};

/// The VFS of the system, set before ours is registered.
static SYSTEM: AtomicPtr<sqlite3_vfs> = AtomicPtr::new(ptr::null_mut());

/// Makes ours the default of the process. Connections that are open stay with the one they have.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: SQLite is initialised before a VFS is asked for; the default one lives as long as the process. Ours is a
        // copy of it with other entry points, leaked, so it does so too.
        let registered = unsafe {
            assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK, "SQLite starts");
            let system = ffi::sqlite3_vfs_find(ptr::null());
            assert!(!system.is_null(), "SQLite has a VFS");
            SYSTEM.store(system, Ordering::Release);
            let ours = Box::leak(Box::new(*system));
            ours.pNext = ptr::null_mut();
            ours.zName = c"diptych-faults".as_ptr();
            ours.szOsFile = SIZE + (*system).szOsFile;
            ours.xOpen = Some(open);
            ours.xDelete = Some(delete);
            ours.xAccess = Some(access);
            ffi::sqlite3_vfs_register(ours, 1)
        };
        assert_eq!(registered, ffi::SQLITE_OK, "SQLite takes a VFS");
    });
}

fn system() -> *mut sqlite3_vfs {
    SYSTEM.load(Ordering::Acquire)
}

/// The path that a name is; none for a temporary file, which has no name.
///
/// # Safety
/// `name` is null or a C string that lives as long as the path is used.
unsafe fn path<'a>(name: *const c_char) -> Option<&'a Path> {
    if name.is_null() {
        return None;
    }
    // SAFETY: what the caller promises.
    let name = unsafe { CStr::from_ptr(name) };
    Some(Path::new(OsStr::from_bytes(name.to_bytes())))
}

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives a C string or null, and room for `szOsFile` bytes at `file`, which is more than the system's
    // VFS asks for.
    unsafe {
        let through = |file| match (*system()).xOpen {
            Some(open) => open(system(), name, file, flags, out),
            None => ffi::SQLITE_CANTOPEN,
        };
        let Some((path, disk)) = path(name).and_then(|path| Some((path, disk_of(path)?))) else {
            return through(file);
        };
        (*file).pMethods = ptr::null();
        match disk.open(path, || through(file::system(file))) {
            Ok(key) => {
                file::put(file, Opened { disk, path: path.to_owned(), key });
                ffi::SQLITE_OK
            }
            Err(code) => code,
        }
    }
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    // SAFETY: SQLite gives a C string; the function is that of the system's VFS, called with it.
    unsafe {
        let through = || match (*system()).xDelete {
            Some(delete) => delete(system(), name, sync),
            None => ffi::SQLITE_IOERR_DELETE,
        };
        match path(name).and_then(|path| Some((path, disk_of(path)?))) {
            Some((path, disk)) => disk.delete(path, through),
            None => through(),
        }
    }
}

unsafe extern "C" fn access(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives a C string and room for the answer; the function is that of the system's VFS, called with it.
    unsafe {
        let through = || match (*system()).xAccess {
            Some(access) => access(system(), name, flags, out),
            None => ffi::SQLITE_IOERR_ACCESS,
        };
        match path(name).and_then(|path| Some((path, disk_of(path)?))) {
            Some((path, disk)) => disk.ask(Operation::Access, path, ffi::SQLITE_IOERR_ACCESS, through),
            None => through(),
        }
    }
}
