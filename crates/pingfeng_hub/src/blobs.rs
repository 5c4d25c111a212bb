//! Bytes of releases, named by their BLAKE3 hash. Behind `object_store`: a folder by default. A blob is never changed.

use std::{io::Read, ops::Range, path::Path, sync::Arc};

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path as ObjectPath};
use pingfeng_release::BlobHash;
use tokio::runtime::Handle;

/// The store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs(Arc<dyn ObjectStore>);

/// A blob cannot be read or written. `NotFound` means that the store never had it.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// Not 64 hex digits.
    #[error("`{0}` is not the name of a blob")]
    Name(String),
    /// There is none of that name.
    #[error("there is no blob `{0}`")]
    NotFound(String),
    /// The bytes are not those that the name says.
    #[error("the bytes are not blob `{0}`")]
    Hash(String),
    /// The store failed.
    #[error("blob `{name}`: {source}")]
    Store {
        /// Which.
        name: String,
        /// Why.
        source: object_store::Error,
    },
}

impl Blobs {
    /// A store in a folder.
    pub fn in_folder(folder: &Path) -> Result<Self, object_store::Error> {
        Ok(Self(Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))))
    }

    /// Up to this many bytes a blob is written in one piece.
    pub const WHOLE_BYTES_MAX: u64 = 32 * 1024 * 1024;
    const PART_BYTES: usize = 8 * 1024 * 1024;

    /// Keeps a large blob without holding it in memory. For a thread that may wait. Bytes that are not those of the
    /// name leave nothing behind.
    pub fn put_in_parts(&self, runtime: &Handle, name: &BlobHash, bytes: &mut dyn Read) -> Result<(), BlobError> {
        let failed = |source| failed(&name.0, source);
        let mut upload = runtime.block_on(self.0.put_multipart(&path(&name.0)?)).map_err(failed)?;
        let sent = (|| {
            let mut hasher = blake3::Hasher::new();
            loop {
                let mut part = Vec::with_capacity(Self::PART_BYTES);
                let read = Read::take(&mut *bytes, Self::PART_BYTES as u64)
                    .read_to_end(&mut part)
                    .map_err(|error| failed(object_store::Error::Generic { store: "source", source: error.into() }))?;
                if read == 0 {
                    break;
                }
                hasher.update(&part);
                runtime.block_on(upload.put_part(part.into())).map_err(failed)?;
            }
            if hasher.finalize().to_hex().as_str() != name.0 {
                return Err(BlobError::Hash(name.0.clone()));
            }
            Ok(())
        })();
        match sent {
            Ok(()) => runtime.block_on(upload.complete()).map(drop).map_err(failed),
            Err(error) => {
                // The parts are useless; that they could not be removed adds nothing to the error.
                let _ = runtime.block_on(upload.abort());
                Err(error)
            }
        }
    }

    /// Keeps bytes under their hash. Keeping the same bytes again changes nothing.
    pub async fn put(&self, name: &BlobHash, bytes: Bytes) -> Result<(), BlobError> {
        let path = path(&name.0)?;
        if BlobHash::of(&bytes) != *name {
            return Err(BlobError::Hash(name.0.clone()));
        }
        if self.has(name, bytes.len() as u64).await? {
            return Ok(());
        }
        self.0.put(&path, PutPayload::from_bytes(bytes)).await.map_err(|source| failed(&name.0, source))?;
        Ok(())
    }

    /// True if a blob of that name and size is kept. A blob of another size is a write that was cut off.
    pub async fn has(&self, name: &BlobHash, size_bytes: u64) -> Result<bool, BlobError> {
        match self.0.head(&path(&name.0)?).await {
            Ok(meta) => Ok(meta.size == size_bytes),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(source) => Err(failed(&name.0, source)),
        }
    }

    /// Removes a blob. One that is not there is removed already.
    pub async fn delete(&self, name: &BlobHash) -> Result<(), BlobError> {
        match self.0.delete(&path(&name.0)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(source) => Err(failed(&name.0, source)),
        }
    }

    /// Bytes of a blob from `start`, at most `length`; an empty range past its end is `NotFound`.
    pub async fn read(&self, name: &str, start: u64, length: u64) -> Result<Bytes, BlobError> {
        let path = path(name)?;
        let size = self.0.head(&path).await.map_err(|source| failed(name, source))?.size;
        let range = Range { start, end: start.saturating_add(length).min(size) };
        // The only chunk of an empty blob is empty.
        if range.is_empty() && start == 0 {
            return Ok(Bytes::new());
        }
        if range.is_empty() {
            return Err(BlobError::NotFound(name.to_owned()));
        }
        self.0.get_range(&path, range).await.map_err(|source| failed(name, source))
    }
}

fn path(name: &str) -> Result<ObjectPath, BlobError> {
    let valid = name.len() == 64 && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if !valid {
        return Err(BlobError::Name(name.chars().take(80).collect()));
    }
    Ok(ObjectPath::from(format!("{}/{name}", &name[..2])))
}

fn failed(name: &str, source: object_store::Error) -> BlobError {
    match source {
        object_store::Error::NotFound { .. } => BlobError::NotFound(name.to_owned()),
        source => BlobError::Store { name: name.to_owned(), source },
    }
}
