//! An SQLite VFS on a disk in memory, whose power can be cut.
//!
//! The one place of the project with `unsafe`: SQLite takes a VFS as a table of C functions, and a test that pulls a
//! plug has no safe way to stand between SQLite and the disk. What the functions do is small: they turn pointers that
//! SQLite owns into slices for the length of one call, and pass on to [`disk`], which is safe code. The rules relied on
//! are those of <https://sqlite.org/c3ref/vfs.html> and <https://sqlite.org/c3ref/io_methods.html>: a file object is
//! used by one call at a time between xOpen and xClose, and buffers are valid for the length given.

#![allow(unsafe_code)]

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    mem, ptr, slice,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicU64},
};

use rand_core::Rng;
use rusqlite::ffi;

mod disk;
mod trial;

use disk::Disk;
pub use disk::Snapshot;
pub use trial::{Outcome, Trial};

/// A registered VFS with its disk. Connections of before a cut must be dropped before the power is on again.
pub struct PowerCutVfs {
    name: CString,
    /// Owned by SQLite's list until unregistered.
    vfs: *mut ffi::sqlite3_vfs,
    power: Arc<Power>,
}

// SAFETY: the pointer is used only for unregistering, which SQLite guards by its own mutex; the rest is a mutex.
unsafe impl Send for PowerCutVfs {}
// SAFETY: as above.
unsafe impl Sync for PowerCutVfs {}

/// The disk that is plugged in. An open file keeps its own, so that one of before a cut cannot touch the next.
struct Power(Mutex<Arc<Mutex<Disk>>>);

impl PowerCutVfs {
    /// Registers a VFS of this name, with an empty disk.
    ///
    /// # Panics
    /// If SQLite refuses it.
    pub fn register(name: &str) -> Self {
        let name = CString::new(name).expect("a VFS name has no NUL");
        let power = Arc::new(Power(Mutex::default()));
        let vfs = Box::into_raw(Box::new(ffi::sqlite3_vfs {
            iVersion: 2,
            szOsFile: mem::size_of::<Handle>() as c_int,
            mxPathname: 512,
            pNext: ptr::null_mut(),
            zName: name.as_ptr(),
            pAppData: Arc::as_ptr(&power).cast_mut().cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: None,
            xCurrentTimeInt64: Some(current_time_int64),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        }));
        // SAFETY: the table lives until `drop` unregisters it, and so do the name and the disk it points to.
        let code = unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
        assert_eq!(code, ffi::SQLITE_OK, "SQLite refused the VFS");
        Self { name, vfs, power }
    }

    /// Returns the name to open with.
    pub fn name(&self) -> &str {
        self.name.to_str().unwrap_or_default()
    }

    /// Lets the power go at the change after this many more (a write, sync, creation or deletion is one).
    pub fn cut_after(&self, changes: u64) {
        let disk = self.power.disk();
        let mut disk = lock(&disk);
        disk.cut_at = Some(disk.changes + changes);
    }

    /// Leaves room for this many bytes more on the disk; `None` for no limit.
    pub fn leave_room(&self, bytes: Option<usize>) {
        let disk = self.power.disk();
        let mut disk = lock(&disk);
        disk.room = bytes.map(|bytes| disk.used() + bytes);
    }

    /// Returns how many changes the disk has taken since the power came on.
    pub fn changes(&self) -> u64 {
        lock(&self.power.disk()).changes
    }

    /// Cuts the power, if it is not off already, and says what is left on the disk.
    pub fn cut(&self, rng: &mut impl Rng) -> Snapshot {
        lock(&self.power.disk()).cut(rng)
    }

    /// Plugs in a disk with this content.
    pub fn power_on(&self, snapshot: &Snapshot) {
        *lock(&self.power.0) = Arc::new(Mutex::new(Disk::from_snapshot(snapshot)));
    }
}

impl Drop for PowerCutVfs {
    fn drop(&mut self) {
        // SAFETY: registered in `register` and not freed before; no connection may outlive the VFS.
        unsafe {
            ffi::sqlite3_vfs_unregister(self.vfs);
            drop(Box::from_raw(self.vfs));
        }
    }
}

impl Power {
    fn disk(&self) -> Arc<Mutex<Disk>> {
        Arc::clone(&lock(&self.0))
    }
}

/// What SQLite allocates for a file: its own part first, as C inherits.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    open: *mut OpenFile,
}

struct OpenFile {
    disk: Arc<Mutex<Disk>>,
    file: usize,
    delete_on_close: Option<String>,
    level: c_int,
    shm_shared: u8,
    shm_exclusive: u8,
    /// Keeps what SQLite has mapped alive, whatever happens to the disk.
    mapped: Vec<Arc<[AtomicU64]>>,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock_file),
    xUnlock: Some(unlock_file),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// # Safety
/// `vfs` is a table that [`PowerCutVfs::register`] made.
unsafe fn disk_of(vfs: *mut ffi::sqlite3_vfs) -> Arc<Mutex<Disk>> {
    // SAFETY: `pAppData` points into the `Arc<Power>` that the registered VFS keeps.
    unsafe { (*(*vfs).pAppData.cast::<Power>()).disk() }
}

/// # Safety
/// `file` was opened by [`open`] and not closed; SQLite makes one call on it at a time.
unsafe fn opened<'a>(file: *mut ffi::sqlite3_file) -> &'a mut OpenFile {
    // SAFETY: `open` put a box there, which `close` takes back.
    unsafe { &mut *(*file.cast::<Handle>()).open }
}

/// # Safety
/// `name` is null or a C string.
unsafe fn text(name: *const c_char) -> Option<String> {
    // SAFETY: the caller's promise.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned())
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes our table, a name or null, room of szOsFile bytes, and a place for flags or null.
    unsafe {
        (*file).pMethods = ptr::null();
        let disk = disk_of(vfs);
        let given = text(name);
        let found = {
            let mut disk = lock(&disk);
            let name = given.clone().unwrap_or_else(|| format!("temporary {}", disk.changes));
            match disk.find(&name) {
                Some(_) if disk.off => return ffi::SQLITE_IOERR,
                Some(found) => Ok(found),
                None if flags & ffi::SQLITE_OPEN_CREATE == 0 => return ffi::SQLITE_CANTOPEN,
                None => disk.create(&name),
            }
        };
        let Ok(number) = found else { return ffi::SQLITE_IOERR };
        let delete_on_close = given.filter(|_| flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0);
        let open = OpenFile {
            disk,
            file: number,
            delete_on_close,
            level: ffi::SQLITE_LOCK_NONE,
            shm_shared: 0,
            shm_exclusive: 0,
            mapped: Vec::new(),
        };
        (*file.cast::<Handle>()).open = Box::into_raw(Box::new(open));
        (*file).pMethods = &METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync_dir: c_int) -> c_int {
    // SAFETY: SQLite passes our table and a name.
    let (disk, name) = unsafe { (disk_of(vfs), text(name).unwrap_or_default()) };
    let mut disk = lock(&disk);
    if disk.find(&name).is_none() {
        return ffi::SQLITE_IOERR_DELETE_NOENT;
    }
    disk.delete(&name, sync_dir != 0).map_or(ffi::SQLITE_IOERR_DELETE, |()| ffi::SQLITE_OK)
}

unsafe extern "C" fn access(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, _flags: c_int, out: *mut c_int) -> c_int {
    // SAFETY: SQLite passes our table, a name and a place for the answer. An empty log is no log, as in SQLite's own.
    unsafe {
        let (disk, name) = (disk_of(vfs), text(name).unwrap_or_default());
        let disk = lock(&disk);
        *out = c_int::from(disk.find(&name).is_some_and(|file| disk.len(file) > 0));
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_pathname(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: `name` is a C string and `out` has `room` bytes.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > room as usize {
            return ffi::SQLITE_CANTOPEN;
        }
        ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
    }
    ffi::SQLITE_OK
}

/// The platform's own VFS, for what is not about the disk.
fn platform() -> *mut ffi::sqlite3_vfs {
    // SAFETY: null asks for the default, which lives as long as the process; ours is never the default.
    unsafe { ffi::sqlite3_vfs_find(ptr::null()) }
}

unsafe extern "C" fn randomness(_vfs: *mut ffi::sqlite3_vfs, len: c_int, out: *mut c_char) -> c_int {
    // SAFETY: passed on as it came.
    unsafe { (*platform()).xRandomness.map_or(0, |f| f(platform(), len, out)) }
}

unsafe extern "C" fn sleep(_vfs: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    // SAFETY: passed on as it came.
    unsafe { (*platform()).xSleep.map_or(0, |f| f(platform(), microseconds)) }
}

unsafe extern "C" fn current_time(_vfs: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: passed on as it came.
    unsafe { (*platform()).xCurrentTime.map_or(ffi::SQLITE_ERROR, |f| f(platform(), out)) }
}

unsafe extern "C" fn current_time_int64(_vfs: *mut ffi::sqlite3_vfs, out: *mut i64) -> c_int {
    // SAFETY: passed on as it came.
    unsafe { (*platform()).xCurrentTimeInt64.map_or(ffi::SQLITE_ERROR, |f| f(platform(), out)) }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: the box of `open` is taken back once; SQLite does not use the file any more.
    let mut open = unsafe { Box::from_raw((*file.cast::<Handle>()).open) };
    open.unmap();
    open.unlock(ffi::SQLITE_LOCK_NONE);
    if let Some(name) = open.delete_on_close.take() {
        let _ = lock(&open.disk).delete(&name, false);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, into: *mut c_void, len: c_int, offset: i64) -> c_int {
    // SAFETY: `into` has `len` bytes.
    let (open, into) = unsafe { (opened(file), slice::from_raw_parts_mut(into.cast::<u8>(), len as usize)) };
    match lock(&open.disk).read(open.file, offset as usize, into) {
        Err(disk::Off) => ffi::SQLITE_IOERR_READ,
        Ok(there) if there == into.len() => ffi::SQLITE_OK,
        Ok(there) => {
            into[there..].fill(0);
            ffi::SQLITE_IOERR_SHORT_READ
        }
    }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, len: c_int, offset: i64) -> c_int {
    // SAFETY: `from` has `len` bytes.
    let (open, from) = unsafe { (opened(file), slice::from_raw_parts(from.cast::<u8>(), len as usize)) };
    let mut disk = lock(&open.disk);
    if !disk.has_room(open.file, offset as usize + from.len()) {
        return ffi::SQLITE_FULL;
    }
    let written = disk.write(open.file, offset as usize, from);
    written.map_or(ffi::SQLITE_IOERR_WRITE, |()| ffi::SQLITE_OK)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: an open file.
    let open = unsafe { opened(file) };
    let resized = lock(&open.disk).resize(open.file, size as usize);
    resized.map_or(ffi::SQLITE_IOERR_TRUNCATE, |()| ffi::SQLITE_OK)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: an open file.
    let open = unsafe { opened(file) };
    let synced = lock(&open.disk).sync(open.file);
    synced.map_or(ffi::SQLITE_IOERR_FSYNC, |()| ffi::SQLITE_OK)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    // SAFETY: an open file and a place for the answer.
    unsafe {
        let open = opened(file);
        *out = lock(&open.disk).len(open.file) as i64;
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock_file(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    if unsafe { opened(file) }.lock(level) { ffi::SQLITE_OK } else { ffi::SQLITE_BUSY }
}

unsafe extern "C" fn unlock_file(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    unsafe { opened(file) }.unlock(level);
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: an open file and a place for the answer.
    unsafe {
        let open = opened(file);
        let mut disk = lock(&open.disk);
        let locks = disk.locks.entry(open.file).or_default();
        *out = c_int::from(locks.reserved || locks.exclusive);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(_file: *mut ffi::sqlite3_file, _op: c_int, _arg: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    4096
}

/// As SQLite's own VFS says of any disk: a write damages no byte outside it.
unsafe extern "C" fn device_characteristics(_file: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: an open file and a place for the answer. The memory handed out is atomics, shared as real shared memory
    // is, and stays alive as long as this file maps it.
    unsafe {
        let open = opened(file);
        let mut disk = lock(&open.disk);
        let pages = disk.shm.entry(open.file).or_default();
        while extend != 0 && pages.len() <= page as usize {
            pages.push((0..size / 8).map(|_| AtomicU64::new(0)).collect());
        }
        *out = match pages.get(page as usize) {
            Some(memory) => {
                open.mapped.push(Arc::clone(memory));
                memory.as_ptr().cast_mut().cast()
            }
            None => ptr::null_mut(),
        };
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(file: *mut ffi::sqlite3_file, offset: c_int, n: c_int, flags: c_int) -> c_int {
    // SAFETY: an open file.
    let open = unsafe { opened(file) };
    let (slots, shared) = (offset..offset + n, flags & ffi::SQLITE_SHM_SHARED != 0);
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        slots.for_each(|slot| open.shm_unlock(slot as usize));
        return ffi::SQLITE_OK;
    }
    if open.shm_lock(slots.map(|slot| slot as usize).collect(), shared) { ffi::SQLITE_OK } else { ffi::SQLITE_BUSY }
}

unsafe extern "C" fn shm_barrier(_file: *mut ffi::sqlite3_file) {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: an open file; SQLite does not use what it mapped any more.
    let open = unsafe { opened(file) };
    open.unmap();
    if delete != 0 {
        lock(&open.disk).shm.remove(&open.file);
    }
    ffi::SQLITE_OK
}

impl OpenFile {
    /// Raises the lock as <https://sqlite.org/lockingv3.html> describes; a writer that waits keeps new readers out.
    fn lock(&mut self, level: c_int) -> bool {
        if self.level >= level {
            return true;
        }
        let mut disk = lock(&self.disk);
        let locks = disk.locks.entry(self.file).or_default();
        if self.level == ffi::SQLITE_LOCK_NONE {
            if locks.pending || locks.exclusive {
                return false;
            }
            locks.shared += 1;
            self.level = ffi::SQLITE_LOCK_SHARED;
        }
        if level >= ffi::SQLITE_LOCK_RESERVED && self.level < ffi::SQLITE_LOCK_RESERVED {
            if locks.reserved {
                return false;
            }
            locks.reserved = true;
            self.level = ffi::SQLITE_LOCK_RESERVED;
        }
        if level < ffi::SQLITE_LOCK_PENDING {
            return true;
        }
        locks.pending = true;
        self.level = ffi::SQLITE_LOCK_PENDING;
        if locks.shared > 1 {
            return false;
        }
        locks.exclusive = true;
        self.level = ffi::SQLITE_LOCK_EXCLUSIVE;
        true
    }

    fn unlock(&mut self, level: c_int) {
        let mut disk = lock(&self.disk);
        let locks = disk.locks.entry(self.file).or_default();
        if self.level >= ffi::SQLITE_LOCK_RESERVED {
            (locks.reserved, locks.pending, locks.exclusive) = (false, false, false);
        }
        if level == ffi::SQLITE_LOCK_NONE && self.level > ffi::SQLITE_LOCK_NONE {
            locks.shared -= 1;
        }
        self.level = self.level.min(level);
    }

    fn shm_lock(&mut self, slots: Vec<usize>, shared: bool) -> bool {
        let mut disk = lock(&self.disk);
        let locks = disk.locks.entry(self.file).or_default();
        let free = |slot: usize| !locks.shm_exclusive[slot] && (shared || locks.shm_shared[slot] == 0);
        let held = if shared { self.shm_shared } else { self.shm_exclusive };
        let wanted: Vec<usize> = slots.into_iter().filter(|slot| held & (1 << slot) == 0).collect();
        if !wanted.iter().all(|slot| free(*slot)) {
            return false;
        }
        for slot in wanted {
            if shared {
                locks.shm_shared[slot] += 1;
                self.shm_shared |= 1 << slot;
            } else {
                locks.shm_exclusive[slot] = true;
                self.shm_exclusive |= 1 << slot;
            }
        }
        true
    }

    fn shm_unlock(&mut self, slot: usize) {
        let mut disk = lock(&self.disk);
        let locks = disk.locks.entry(self.file).or_default();
        if self.shm_shared & (1 << slot) != 0 {
            locks.shm_shared[slot] -= 1;
        }
        if self.shm_exclusive & (1 << slot) != 0 {
            locks.shm_exclusive[slot] = false;
        }
        self.shm_shared &= !(1 << slot);
        self.shm_exclusive &= !(1 << slot);
    }

    fn unmap(&mut self) {
        (0..8).for_each(|slot| self.shm_unlock(slot));
        self.mapped.clear();
    }
}
