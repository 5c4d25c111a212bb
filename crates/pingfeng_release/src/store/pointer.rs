//! The small file that says what is active. It is replaced by rename and carries its own hash, so that it is the old
//! one, the new one, or known to be damaged.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::disk::{Disk, DiskError};
use super::sealed;
use crate::BlobHash;

/// Rejected releases that the pointer remembers.
pub const REJECTED_MAX: usize = 16;
/// Bytes of the pointer's file. Reasons are written by this program and are short.
const POINTER_BYTES_MAX: u64 = 1024 * 1024;

/// What is active, and how sure the device is of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pointer {
    /// Shown now; `None`: the folder's exhibition or the fallback.
    pub active: Option<BlobHash>,
    /// The last confirmed release before it; stays complete on disk.
    pub previous: Option<BlobHash>,
    /// Whether `active` has proved itself.
    pub trust: Trust,
    /// Releases that failed on this device, oldest first; at most [`REJECTED_MAX`].
    pub rejected: Vec<Rejected>,
}

/// Whether the active release has shown good frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Trust {
    /// Good frames were seen.
    #[default]
    Confirmed,
    /// Switched to, not yet seen good.
    Confirming {
        /// Programs that started on it without confirming it.
        starts: u32,
        /// Revision of the target that asked for it.
        revision: u64,
    },
}

/// A release that this device will not take again for the same target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejected {
    /// Which.
    pub release: BlobHash,
    /// For the operator.
    pub reason: String,
    /// Revision of the target that asked for it; a higher one may try again.
    pub revision: u64,
}

/// What reading the pointer found.
pub(super) enum Read {
    Absent,
    Whole(Pointer),
    Damaged,
}

pub(super) fn read(path: &Path) -> Result<Read, DiskError> {
    Ok(match sealed::read(path, POINTER_BYTES_MAX)? {
        sealed::Read::Absent => Read::Absent,
        sealed::Read::Whole(json) => serde_json::from_str(&json).map_or(Read::Damaged, Read::Whole),
        sealed::Read::Damaged => Read::Damaged,
    })
}

pub(super) fn write(disk: &dyn Disk, path: &Path, pointer: &Pointer) -> Result<(), DiskError> {
    let json = serde_json::to_string(pointer).map_err(|error| DiskError::new(path, error.into()))?;
    sealed::write(disk, path, &json)
}
