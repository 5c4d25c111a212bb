//! One error type per operation of the store.

use std::path::PathBuf;

use super::accept::ManifestError;
use super::disk::DiskError;
use crate::BlobHash;
use crate::chunk::WalkError;
use crate::parcel::ParcelError;

/// Why the store could not be opened. The screen plays the folder's exhibition or the fallback meanwhile.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another program has it. Stop that one.
    #[error("the store {} is in use by another program", .root.display())]
    InUse {
        /// Which folder.
        root: PathBuf,
    },
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Why the way to a release could not be planned.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Not one of ours: only another release helps.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// What is missing does not fit beside the reserve. Nothing was written.
    #[error("{needed_bytes} bytes are needed and {reserve_bytes} must stay free, but only {free_bytes} are free")]
    NoRoom {
        /// Of blobs that are missing.
        needed_bytes: u64,
        /// See [`super::StoreOptions`].
        reserve_bytes: u64,
        /// On the disk now.
        free_bytes: u64,
    },
    /// A release or blob name that is no hash.
    #[error("`{0}` is no BLAKE3 hash")]
    NotAHash(String),
    /// The chunks of a file lead nowhere: only another release helps.
    #[error("{path}: {error}")]
    Tree {
        /// Which file; `manifest` for the manifest itself.
        path: String,
        /// Why.
        error: WalkError,
    },
    /// The pieces of the manifest are there and make something else: whoever offered the release is wrong or lies.
    #[error("the manifest that was offered is not that of release {0}")]
    OtherManifest(BlobHash),
    /// All chunks of a blob are there and make something else. It is fetched from the beginning.
    #[error("blob {0} was put together and has other bytes")]
    OtherBytes(BlobHash),
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Why a parcel was not taken. The active release is untouched; plan again.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// It is none. Whoever sent it is wrong, or it was damaged on its way.
    #[error(transparent)]
    Parcel(#[from] ParcelError),
    /// All chunks of a blob are there and make something else. It is fetched from the beginning.
    #[error("blob {0} was put together and has other bytes")]
    OtherBytes(BlobHash),
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Why a release could not be staged.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// Fetch these first.
    #[error("{count} blobs of release {release} are missing")]
    Incomplete {
        /// Which.
        release: BlobHash,
        /// How many.
        count: usize,
    },
    /// Not one of ours.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Why the pointer was not moved. What was active still is.
#[derive(Debug, thiserror::Error)]
pub enum PointError {
    /// Not staged, or damaged since. Plan it again.
    #[error("release {0} is not staged")]
    NotStaged(BlobHash),
    /// No release was confirmed before the active one, or it is gone.
    #[error("there is no release to go back to")]
    NothingBehind,
    /// Nothing waits for a confirmation.
    #[error("no release is being confirmed")]
    NotConfirming,
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}
