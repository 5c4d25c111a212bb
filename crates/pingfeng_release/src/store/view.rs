//! A complete release on disk, as the screen reads it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{BlobHash, Manifest};

/// A release whose files are all there. Cheap to clone; stays readable while it is active, the predecessor of what is
/// active, or waiting to be activated.
#[derive(Clone, Debug)]
pub struct OpenRelease {
    id: BlobHash,
    manifest: Arc<Manifest>,
    blobs: Arc<Path>,
}

/// Why a file of a release could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The manifest lists no such path. Show the placeholder.
    #[error("release {release} has no file `{file}`")]
    NotListed {
        /// Which release.
        release: BlobHash,
        /// As asked.
        file: String,
    },
    /// The bytes are not those of the release. Tell the link (`BlobDamaged`), which fetches the blob again.
    #[error("`{file}` is damaged: blob {blob} has other bytes")]
    Damaged {
        /// As asked.
        file: String,
        /// Its blob.
        blob: BlobHash,
    },
    /// The system says no. Treat it like a damaged file.
    #[error("`{file}` cannot be read: {source}")]
    Io {
        /// As asked.
        file: String,
        /// As the system says it.
        source: io::Error,
    },
}

impl OpenRelease {
    /// A release over any folder of blobs, for example one that a build has just filled.
    /// The caller promises that every blob of the manifest is in `blobs/<hh>/<hash>`.
    pub fn over(blobs: &Path, id: BlobHash, manifest: Manifest) -> Self {
        Self { id, manifest: Arc::new(manifest), blobs: Arc::from(blobs) }
    }

    /// What names it.
    pub fn id(&self) -> &BlobHash {
        &self.id
    }

    /// What it consists of.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where a file lies, for those who open it themselves (films). The name has no extension.
    pub fn path_of(&self, file: &str) -> Option<PathBuf> {
        self.manifest.files.get(file).map(|entry| blob_path(&self.blobs, &entry.blob))
    }

    /// Reads a file whole and checks its hash: for documents, pictures, captions and sounds.
    pub fn read(&self, file: &str) -> Result<Vec<u8>, ReadError> {
        let entry = self
            .manifest
            .files
            .get(file)
            .ok_or_else(|| ReadError::NotListed { release: self.id.clone(), file: file.to_owned() })?;
        let bytes = fs::read(blob_path(&self.blobs, &entry.blob))
            .map_err(|source| ReadError::Io { file: file.to_owned(), source })?;
        if BlobHash::of(&bytes) != entry.blob {
            return Err(ReadError::Damaged { file: file.to_owned(), blob: entry.blob.clone() });
        }
        Ok(bytes)
    }
}

/// `<blobs>/<first two digits>/<hash>`. The hash must have been checked: it becomes part of a path.
pub(super) fn blob_path(blobs: &Path, hash: &BlobHash) -> PathBuf {
    let shelf = hash.0.get(..2).unwrap_or("00");
    blobs.join(shelf).join(&hash.0)
}
