//! What is done with files over one connection. Each step may be done again by the next connection, with no harm.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use russh::client::Handle;
use russh_sftp::{
    client::{RawSftpSession, error::Error},
    extensions,
    protocol::{FileAttributes, OpenFlags, Packet, StatusCode, Version},
};
use tokio::task::JoinHandle;
use tsela_core::bundle::MAX_BUNDLE;

use super::{
    SftpAddress, SftpError,
    connect::{Check, no_sftp},
};
use crate::road::files::MOST_FILES;

const POSIX_RENAME: &str = "posix-rename@openssh.com";
/// Bytes that one request writes or reads.
const CHUNK: usize = 8 << 10;
/// Requests that are on their way at once: 64 KiB, so that neither a long link idles nor a slow one runs out of time.
const AT_ONCE: usize = 8;
/// Flag of `statvfs@openssh.com`: nobody can write there.
const READ_ONLY: u64 = 1;
/// A disk with less than this left is full: no bundle is larger, and some space is always kept back.
const NO_SPACE: u64 = 2 * MAX_BUNDLE as u64;

/// An open connection, signed in, with a folder.
pub(super) struct Session {
    sftp: Arc<RawSftpSession>,
    /// Ends the connection when it is dropped.
    ssh: Handle<Check>,
    host: String,
    root: String,
    offers: Offers,
    /// Bytes of files that went or came, over all connections of a road.
    moved: Arc<AtomicU64>,
    made: Mutex<HashSet<String>>,
}

/// What this server can do beyond the protocol.
#[derive(Clone, Copy, Debug)]
struct Offers {
    fsync: bool,
    posix_rename: bool,
    statvfs: bool,
}

impl Offers {
    fn of(version: &Version) -> Self {
        let offers = |name: &str, number: &str| version.extensions.get(name).is_some_and(|offered| offered == number);
        Self {
            fsync: offers(extensions::FSYNC, "1"),
            posix_rename: offers(POSIX_RENAME, "1"),
            statvfs: offers(extensions::STATVFS, "2"),
        }
    }
}

/// What was being done to a file.
#[derive(Clone, Copy)]
enum Doing {
    Reading,
    Writing,
}

impl Doing {
    fn word(self) -> &'static str {
        match self {
            Self::Reading => "read",
            Self::Writing => "write",
        }
    }
}

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File {
        size: u64,
    },
    Folder,
    /// A link, wherever it leads, or a device.
    Other,
}

impl Kind {
    fn of(attributes: &FileAttributes) -> Self {
        let kind = attributes.file_type();
        if kind.is_file() {
            // A server that does not say how long a file is has to be read to know.
            return Self::File { size: attributes.size.unwrap_or(0) };
        }
        if kind.is_dir() { Self::Folder } else { Self::Other }
    }
}

impl Session {
    pub(super) async fn begin(
        sftp: RawSftpSession,
        ssh: Handle<Check>,
        address: &SftpAddress,
        moved: Arc<AtomicU64>,
    ) -> Result<Self, SftpError> {
        let host = address.server();
        let Ok(version) = sftp.init().await else { return Err(no_sftp(&ssh, address).await) };
        let root = if address.path.is_empty() { ".".to_owned() } else { address.path.clone() };
        let (sftp, offers, made) = (Arc::new(sftp), Offers::of(&version), Mutex::default());
        let session = Self { sftp, ssh, host, root, offers, moved, made };
        match session.sftp.stat(&session.root).await {
            Ok(found) if found.attrs.file_type().is_dir() => Ok(session),
            Err(error) if !matches!(error, Error::Status(_)) => Err(session.broke_off(&error)),
            _ => Err(SftpError::NoFolder { host: session.host, path: session.root }),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.ssh.is_closed()
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Returns the path of something below the road's folder.
    pub(super) fn path(&self, below: &[&str]) -> String {
        let mut path = self.root.trim_end_matches('/').to_owned();
        for name in below {
            path.push('/');
            path.push_str(name);
        }
        path
    }

    /// Makes a folder and those above it, up to the road's own; once a connection.
    pub(super) async fn make_folder(&self, below: &[&str]) -> Result<String, SftpError> {
        let path = self.path(below);
        if self.made.lock().unwrap_or_else(PoisonError::into_inner).contains(&path) {
            return Ok(path);
        }
        for depth in 1..=below.len() {
            let above = self.path(below.get(..depth).unwrap_or_default());
            if let Err(error) = self.sftp.mkdir(&above, FileAttributes::empty()).await {
                // The servers' words for "it is there already" differ.
                match self.sftp.stat(&above).await {
                    Ok(found) if found.attrs.file_type().is_dir() => {}
                    Err(gone) if !matches!(gone, Error::Status(_)) => return Err(self.broke_off(&gone)),
                    _ => return Err(self.because(error, Doing::Writing, &above).await),
                }
            }
        }
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone());
        Ok(path)
    }

    /// Says what stands under a name, a link being a link; `None` if nothing does.
    pub(super) async fn kind(&self, path: &str) -> Result<Option<Kind>, SftpError> {
        match self.sftp.lstat(path).await {
            Ok(found) => Ok(Some(Kind::of(&found.attrs))),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(self.because(error, Doing::Reading, path).await),
        }
    }

    /// Lists a folder by name; nothing if it is not there. No more than can be looked at, however much a server says.
    pub(super) async fn entries(&self, folder: &str) -> Result<Vec<(String, Kind)>, SftpError> {
        let handle = match self.sftp.opendir(folder).await {
            Ok(opened) => opened.handle,
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(self.because(error, Doing::Reading, folder).await),
        };
        let mut entries = Vec::new();
        while entries.len() < MOST_FILES {
            match self.sftp.readdir(&handle).await {
                Ok(some) if some.files.is_empty() => break,
                Ok(some) => entries.extend(some.files.into_iter().map(|file| (file.filename, Kind::of(&file.attrs)))),
                Err(Error::Status(status)) if status.status_code == StatusCode::Eof => break,
                Err(error) => return Err(self.because(error, Doing::Reading, folder).await),
            }
        }
        let _ = self.sftp.close(handle).await;
        entries.truncate(MOST_FILES);
        entries.retain(|(name, _)| name != "." && name != "..");
        Ok(entries)
    }

    /// Reads on in a file that may be a bundle, from where an earlier connection stopped. Returns whether it may be one:
    /// it is a file, and no larger than any bundle.
    pub(super) async fn read(&self, path: &str, bytes: &mut Vec<u8>) -> Result<bool, SftpError> {
        match self.sftp.lstat(path).await.map(|found| Kind::of(&found.attrs)) {
            Ok(Kind::File { size }) if size <= MAX_BUNDLE as u64 => {}
            Ok(_) => return Ok(false),
            Err(error) => return Err(self.because(error, Doing::Reading, path).await),
        }
        match self.read_on(path, bytes).await {
            Ok(()) => Ok(bytes.len() <= MAX_BUNDLE),
            Err(error) => Err(self.because(error, Doing::Reading, path).await),
        }
    }

    async fn read_on(&self, path: &str, bytes: &mut Vec<u8>) -> Result<(), Error> {
        // One byte more than a bundle can have tells a longer file, whatever its length was said to be.
        let most = MAX_BUNDLE + 1;
        let handle = self.sftp.open(path, OpenFlags::READ, FileAttributes::empty()).await?.handle;
        let mut is_at_end = false;
        while !is_at_end && bytes.len() < most {
            let from = bytes.len();
            let wanted = (0..AT_ONCE).map(|n| from + n * CHUNK).filter(|offset| *offset < most);
            let asked: Vec<_> = wanted.map(|at| self.ask(&handle, at, CHUNK.min(most - at))).collect();
            // What follows a short answer was asked for at the wrong place, and is asked for again.
            let mut is_whole = true;
            for asked in asked {
                let (length, answer) = settled(asked).await?;
                let data = answer.filter(|data| !data.is_empty() && data.len() <= length);
                is_at_end |= is_whole && data.is_none();
                if let Some(data) = data.filter(|_| is_whole) {
                    is_whole = data.len() == length;
                    self.moved.fetch_add(data.len() as u64, Ordering::Relaxed);
                    bytes.extend(data);
                } else {
                    is_whole = false;
                }
            }
        }
        let _ = self.sftp.close(handle).await;
        Ok(())
    }

    fn ask(&self, handle: &str, at: usize, length: usize) -> JoinHandle<Result<Answer, Error>> {
        let (sftp, handle) = (Arc::clone(&self.sftp), handle.to_owned());
        tokio::spawn(async move {
            let short = u32::try_from(length).unwrap_or(u32::MAX);
            match sftp.read(handle, at as u64, short).await {
                Ok(data) => Ok((length, Some(data.data))),
                Err(Error::Status(status)) if status.status_code == StatusCode::Eof => Ok((length, None)),
                Err(error) => Err(error),
            }
        })
    }

    /// Writes a file, of which `from` bytes are there already, and has the server put it on its disk if it offers that.
    pub(super) async fn write(&self, path: &str, bytes: &[u8], from: usize) -> Result<(), SftpError> {
        let handle = self.open_to_write(path, from).await?;
        match self.write_out(handle, bytes, from).await {
            Ok(()) => Ok(()),
            Err(error) => {
                let error = self.because(error, Doing::Writing, path).await;
                // On a full disk half a file is in the way; after a broken connection it is what the next goes on with.
                if !error.is_passing() {
                    self.remove(path).await;
                }
                Err(error)
            }
        }
    }

    async fn open_to_write(&self, path: &str, from: usize) -> Result<String, SftpError> {
        // A file that is begun must not be there yet: a link of its name could lead anywhere.
        let flags = match from {
            0 => OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::EXCLUDE,
            _ => OpenFlags::WRITE,
        };
        match self.sftp.open(path, flags, FileAttributes::empty()).await {
            Ok(opened) => Ok(opened.handle),
            // What a connection that broke off had asked for may be done after it.
            Err(Error::Status(_)) if from == 0 && self.kind(path).await?.is_some() => {
                Err(SftpError::BrokeOff { host: self.host.clone(), why: "an earlier one was still writing".to_owned() })
            }
            Err(error) => Err(self.because(error, Doing::Writing, path).await),
        }
    }

    async fn write_out(&self, handle: String, bytes: &[u8], from: usize) -> Result<(), Error> {
        let rest = bytes.get(from..).unwrap_or_default();
        for (n, several) in rest.chunks(AT_ONCE * CHUNK).enumerate() {
            let from = from + n * AT_ONCE * CHUNK;
            let sent: Vec<_> =
                several.chunks(CHUNK).enumerate().map(|(n, data)| self.send(&handle, from + n * CHUNK, data)).collect();
            for sent in sent {
                let length = settled(sent).await?;
                self.moved.fetch_add(length, Ordering::Relaxed);
            }
        }
        if self.offers.fsync {
            self.sftp.fsync(&handle).await?;
        }
        self.sftp.close(handle).await.map(|_| ())
    }

    fn send(&self, handle: &str, at: usize, data: &[u8]) -> JoinHandle<Result<u64, Error>> {
        let (sftp, handle, data) = (Arc::clone(&self.sftp), handle.to_owned(), data.to_vec());
        let length = data.len() as u64;
        tokio::spawn(async move { sftp.write(handle, at as u64, data).await.map(|_| length) })
    }

    /// Gives a file another name, in place of what has it.
    pub(super) async fn rename(&self, from: &str, to: &str) -> Result<(), SftpError> {
        let renamed = if self.offers.posix_rename {
            self.posix_rename(from, to).await
        } else {
            // Without that extension a rename does not replace; what is replaced is the same bundle, or damaged.
            self.remove(to).await;
            self.sftp.rename(from, to).await.map(|_| ())
        };
        match renamed {
            Ok(()) => Ok(()),
            Err(error) => Err(self.because(error, Doing::Writing, to).await),
        }
    }

    async fn posix_rename(&self, from: &str, to: &str) -> Result<(), Error> {
        let mut names = Vec::new();
        for name in [from, to] {
            names.extend(u32::try_from(name.len()).unwrap_or(u32::MAX).to_be_bytes());
            names.extend(name.as_bytes());
        }
        match self.sftp.extended(POSIX_RENAME, names).await? {
            Packet::Status(status) if status.status_code == StatusCode::Ok => Ok(()),
            Packet::Status(status) => Err(Error::Status(status)),
            _ => Err(Error::UnexpectedPacket),
        }
    }

    /// Removes a file; one that cannot be removed does no harm.
    pub(super) async fn remove(&self, path: &str) {
        let _ = self.sftp.remove(path).await;
    }

    /// Says why something failed. SFTP knows one word for a full disk, a read-only one and all else, so the disk is asked.
    async fn because(&self, error: Error, doing: Doing, path: &str) -> SftpError {
        let Error::Status(status) = &error else { return self.broke_off(&error) };
        let (host, path, what) = (self.host.clone(), path.to_owned(), doing.word());
        if status.status_code == StatusCode::PermissionDenied {
            return SftpError::NotAllowed { host, what, path };
        }
        if let (Doing::Writing, true) = (doing, self.offers.statvfs)
            && let Ok(disk) = self.sftp.statvfs(&self.root).await
        {
            if disk.flags & READ_ONLY != 0 {
                return SftpError::ReadOnly { host, path };
            }
            if disk.blocks_avail.saturating_mul(disk.fragment_size) < NO_SPACE
                || (disk.inodes > 0 && disk.inodes_avail == 0)
            {
                return SftpError::Full { host };
            }
        }
        SftpError::Failed { host, what, path, why: status.status_code.to_string() }
    }

    fn broke_off(&self, error: &Error) -> SftpError {
        let why = match error {
            Error::Timeout => "no answer for a minute",
            Error::UnexpectedPacket | Error::Limited(_) => "an answer that makes no sense",
            _ => "it was closed",
        };
        SftpError::BrokeOff { host: self.host.clone(), why: why.to_owned() }
    }
}

/// How much was asked for, and what came; `None` at the file's end.
type Answer = (usize, Option<Vec<u8>>);

async fn settled<T>(request: JoinHandle<Result<T, Error>>) -> Result<T, Error> {
    request.await.unwrap_or_else(|error| Err(Error::UnexpectedBehavior(error.to_string())))
}

fn is_absent(error: &Error) -> bool {
    matches!(error, Error::Status(status) if status.status_code == StatusCode::NoSuchFile)
}
