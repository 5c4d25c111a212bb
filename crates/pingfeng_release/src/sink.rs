//! Where a build puts its blobs.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
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

/// Hashes what is read through it.
#[derive(Debug)]
pub(crate) struct Hashed<R> {
    inner: R,
    hasher: blake3::Hasher,
    read_bytes: u64,
}

impl<R: Read> Hashed<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, hasher: blake3::Hasher::new(), read_bytes: 0 }
    }

    /// The name and the length of what was read.
    pub(crate) fn finish(self) -> (BlobHash, u64) {
        (BlobHash(self.hasher.finalize().to_hex().to_string()), self.read_bytes)
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.hasher.update(&into[..read]);
        self.read_bytes += read as u64;
        Ok(read)
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
        let mut bytes = Hashed::new(bytes);
        let mut out = BufWriter::with_capacity(256 * 1024, file.as_file_mut());
        io::copy(&mut bytes, &mut out)?;
        out.flush()?;
        drop(out);
        if bytes.finish() != (blob.clone(), size_bytes) {
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
