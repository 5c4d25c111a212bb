//! One error type per operation of the store.

use std::path::PathBuf;

use super::accept::ManifestError;
use super::disk::DiskError;
use crate::BlobHash;

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
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Why a piece of a blob was not taken. The active release is untouched.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The blob is whole but not the one that was asked for. Its bytes are gone: fetch it again from 0.
    #[error("blob {blob} arrived with other bytes")]
    HashMismatch {
        /// The one that was wanted.
        blob: BlobHash,
        /// Part of it was left over from an earlier run, so that the disk may be to blame and not the sender.
        resumed: bool,
    },
    /// The piece does not continue what is there. Go on from `expected`.
    #[error("blob {blob} continues at {expected_offset}, not at {offset}")]
    OutOfOrder {
        /// Which.
        blob: BlobHash,
        /// Bytes that are there.
        expected_offset: u64,
        /// As given.
        offset: u64,
    },
    /// More bytes than the blob has.
    #[error("blob {blob} has {size_bytes} bytes, more arrived")]
    TooLong {
        /// Which.
        blob: BlobHash,
        /// As announced.
        size_bytes: u64,
    },
    /// A name that is no hash.
    #[error("`{0}` is no BLAKE3 hash")]
    NotAHash(String),
    /// The disk refused. After [`DiskError::Io`] the piece's blob starts from 0.
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
    /// Nothing waits for a confirmation.
    #[error("no release is being confirmed")]
    NotConfirming,
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}
