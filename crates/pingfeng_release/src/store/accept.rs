//! Which manifests a device takes. The bytes come from outside: they are checked before a path or a size in them is
//! used.

use crate::{BlobHash, EXHIBITION_FILE, Manifest, PICTURES_FILE};

/// Bytes of a manifest.
pub const MANIFEST_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Files of a release.
pub const FILES_MAX: usize = 20_000;
/// Bytes of one file of a release.
pub const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024 * 1024;
/// Bytes of a release in all.
pub const RELEASE_BYTES_MAX: u64 = 256 * 1024 * 1024 * 1024;
/// Bytes of a path inside a release.
pub const PATH_BYTES_MAX: usize = 255;
/// The manifest format that this program reads.
pub const FORMAT: u32 = 1;

/// Why a manifest is refused. The release must be built again; trying once more does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Larger than [`MANIFEST_BYTES_MAX`].
    #[error("the manifest has {size_bytes} bytes, more than {MANIFEST_BYTES_MAX}")]
    TooLarge {
        /// As announced.
        size_bytes: u64,
    },
    /// Written for a later program. Update this device first.
    #[error("the manifest has format {format}, this program reads {FORMAT}")]
    TooNew {
        /// As written.
        format: u32,
    },
    /// Not a manifest.
    #[error("not a manifest: {0}")]
    Malformed(String),
    /// A path that would leave the release.
    #[error("`{path}` is not a path inside a release")]
    Path {
        /// As written.
        path: String,
    },
    /// A name of a blob that is no hash.
    #[error("`{path}` names the blob `{blob}`, which is no BLAKE3 hash")]
    Blob {
        /// Which file.
        path: String,
        /// As written.
        blob: String,
    },
    /// More than a device holds.
    #[error("the release is larger than a device takes: {0}")]
    Limit(String),
    /// A file that every release has.
    #[error("the release has no `{0}`")]
    FileMissing(&'static str),
    /// Two sizes for one blob.
    #[error("the blob {0} is listed with two sizes")]
    SizesDiffer(BlobHash),
}

impl ManifestError {
    /// The code that travels in a report.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooNew { .. } => "too_new",
            _ => "manifest_invalid",
        }
    }
}

/// Reads a manifest that came from outside. That the bytes have the hash that names the release is the caller's check.
pub fn accept_manifest(bytes: &[u8]) -> Result<Manifest, ManifestError> {
    if bytes.len() as u64 > MANIFEST_BYTES_MAX {
        return Err(ManifestError::TooLarge { size_bytes: bytes.len() as u64 });
    }
    // The format is looked at alone first: a later one may have keys that this program does not know.
    #[derive(serde::Deserialize)]
    struct Format {
        format: u32,
    }
    let malformed = |error: serde_json::Error| ManifestError::Malformed(error.to_string());
    let Format { format } = serde_json::from_slice(bytes).map_err(malformed)?;
    if format != FORMAT {
        return Err(ManifestError::TooNew { format });
    }
    let manifest: Manifest = serde_json::from_slice(bytes).map_err(malformed)?;
    if manifest.files.len() > FILES_MAX {
        return Err(ManifestError::Limit(format!("{} files, at most {FILES_MAX}", manifest.files.len())));
    }
    let mut total_bytes = 0_u64;
    let mut sizes = std::collections::HashMap::new();
    for (path, file) in &manifest.files {
        if !path_is_inside(path) {
            return Err(ManifestError::Path { path: path.clone() });
        }
        if !hash_is_valid(&file.blob) {
            return Err(ManifestError::Blob { path: path.clone(), blob: file.blob.0.clone() });
        }
        if file.size_bytes > FILE_BYTES_MAX {
            return Err(ManifestError::Limit(format!(
                "`{path}` has {} bytes, at most {FILE_BYTES_MAX}",
                file.size_bytes
            )));
        }
        if *sizes.entry(&file.blob).or_insert(file.size_bytes) != file.size_bytes {
            return Err(ManifestError::SizesDiffer(file.blob.clone()));
        }
        total_bytes = total_bytes.saturating_add(file.size_bytes);
    }
    if total_bytes > RELEASE_BYTES_MAX {
        return Err(ManifestError::Limit(format!("{total_bytes} bytes, at most {RELEASE_BYTES_MAX}")));
    }
    for required in [EXHIBITION_FILE, PICTURES_FILE] {
        if !manifest.files.contains_key(required) {
            return Err(ManifestError::FileMissing(required));
        }
    }
    Ok(manifest)
}

/// True for a hash as [`BlobHash::of`] writes it: nothing else may become part of a path on disk.
pub fn hash_is_valid(hash: &BlobHash) -> bool {
    hash.0.len() == 64 && hash.0.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn path_is_inside(path: &str) -> bool {
    !path.is_empty()
        && path.len() <= PATH_BYTES_MAX
        && !path.contains(['\\', '\0'])
        && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}
