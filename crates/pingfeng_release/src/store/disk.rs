//! Everything the store changes on disk goes through this seam, so that a test can fill the disk or cut the power at
//! write N. Reading needs no seam: a test damages the files themselves.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The changes that the store makes.
pub trait Disk: Send + Sync + std::fmt::Debug {
    /// Makes a folder and those above it.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Writes `bytes` at `offset`; makes the file when it is not there.
    fn write_at(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Cuts a file to `len` bytes; makes it when it is not there.
    fn set_len(&self, path: &Path, len: u64) -> io::Result<()>;
    /// Returns once the file's content is on the medium.
    fn sync_file(&self, path: &Path) -> io::Result<()>;
    /// Replaces `to` by `from` at once.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Returns once the names in the folder are on the medium.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Bytes that this program may still write below `path`.
    fn free_bytes(&self, path: &Path) -> io::Result<u64>;
}

/// The machine's disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn write_at(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        OpenOptions::new().create(true).truncate(false).write(true).open(path)?.write_all_at(bytes, offset)
    }

    fn set_len(&self, path: &Path, len: u64) -> io::Result<()> {
        OpenOptions::new().create(true).truncate(false).write(true).open(path)?.set_len(len)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(path)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}

/// Why the disk did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// No space left. Free some; what is active is untouched.
    #[error("the disk is full at {}", .path.display())]
    Full {
        /// What was being written.
        path: PathBuf,
    },
    /// Mounted read-only, or not ours to write. Remount or repair the rights.
    #[error("{} cannot be written: {source}", .path.display())]
    ReadOnly {
        /// What was being written.
        path: PathBuf,
        /// As the system says it.
        source: io::Error,
    },
    /// Anything else. Report it and open the store again: after a failed sync its pages are lost to a retry.
    #[error("{}: {source}", .path.display())]
    Io {
        /// What was being read or written.
        path: PathBuf,
        /// As the system says it.
        source: io::Error,
    },
}

impl DiskError {
    /// Sorts an error of the system by what the operator must do.
    pub fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Self::ReadOnly { path, source },
            _ => Self::Io { path, source },
        }
    }

    /// The code that travels in a report.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Full { .. } => "disk_full",
            Self::ReadOnly { .. } => "disk_read_only",
            Self::Io { .. } => "io",
        }
    }
}

/// Names the path in an error.
pub(super) trait At<T> {
    fn at(self, path: &Path) -> Result<T, DiskError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, DiskError> {
        self.map_err(|source| DiskError::new(path, source))
    }
}

/// Puts `bytes` at `path` so that a power cut leaves the old content or the new, never a mixture.
pub(super) fn replace_file(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let temporary = path.with_extension("tmp");
    let written = (|| {
        disk.set_len(&temporary, 0).at(&temporary)?;
        disk.write_at(&temporary, 0, bytes).at(&temporary)?;
        disk.sync_file(&temporary).at(&temporary)?;
        disk.rename(&temporary, path).at(path)
    })();
    if written.is_err() {
        // Best effort: the next opening removes it as well.
        let _ = disk.remove_file(&temporary);
    }
    written?;
    disk.sync_dir(folder).at(folder)
}
