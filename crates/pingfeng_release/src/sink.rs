//! Where a build puts its blobs.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use crate::BlobHash;

/// A place for blobs. A hub has one over its object store; [`DirSink`] is one over a folder.
pub trait BlobSink {
    /// True if the blob is there, whole. A build does not send it again.
    fn contains(&mut self, blob: &BlobHash, size_bytes: u64) -> io::Result<bool>;

    /// Takes a blob. The bytes are those of the hash; a sink that returns `Ok` has them durably, or will after
    /// [`BlobSink::finish`].
    fn put(&mut self, blob: &BlobHash, size_bytes: u64, bytes: &mut dyn Read) -> io::Result<()>;

    /// Everything has been sent.
    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Blobs as `<hh>/<hash>` below a folder: the layout of a device's store and of [`crate::store::OpenRelease::over`].
#[derive(Debug)]
pub struct DirSink {
    root: PathBuf,
    touched: BTreeSet<PathBuf>,
}

impl DirSink {
    /// Blobs below `root`, which is made when the first blob comes.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), touched: BTreeSet::new() }
    }

    /// Where a blob lies or would lie.
    pub fn path_of(&self, blob: &BlobHash) -> PathBuf {
        blob_path(&self.root, blob)
    }
}

/// Where a blob lies below a folder of blobs.
pub(crate) fn blob_path(root: &Path, blob: &BlobHash) -> PathBuf {
    root.join(blob.0.get(..2).unwrap_or("xx")).join(&blob.0)
}

impl BlobSink for DirSink {
    fn contains(&mut self, blob: &BlobHash, size_bytes: u64) -> io::Result<bool> {
        // A blob gets its name by rename after a sync, so one of the right size is whole.
        match fs::metadata(self.path_of(blob)) {
            Ok(metadata) => Ok(metadata.len() == size_bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn put(&mut self, blob: &BlobHash, size_bytes: u64, bytes: &mut dyn Read) -> io::Result<()> {
        let path = self.path_of(blob);
        let folder = path.parent().unwrap_or(&self.root).to_owned();
        fs::create_dir_all(&folder)?;
        let mut file = tempfile::Builder::new().prefix(".part-").tempfile_in(&folder)?;
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; 256 * 1024];
        let mut written_bytes = 0_u64;
        loop {
            let read = bytes.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
            file.write_all(&buffer[..read])?;
            written_bytes += read as u64;
        }
        if written_bytes != size_bytes || hasher.finalize().to_hex().as_str() != blob.0 {
            return Err(io::Error::other(format!("the file changed while it was read (blob {blob})")));
        }
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        self.touched.insert(folder);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        for folder in std::mem::take(&mut self.touched) {
            File::open(&folder)?.sync_all()?;
        }
        if self.root.exists() {
            File::open(&self.root)?.sync_all()?;
        }
        Ok(())
    }
}
