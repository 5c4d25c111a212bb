//! Which manifests a device takes. The bytes come from outside: they are checked before a path or a size in them is
//! used.

use semver::Version;

use crate::{BlobHash, Budget, EXHIBITION_FILE, Manifest, PICTURES_FILE};

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
/// Characters of the id of an exhibition, a class, a group or a medium.
pub const ID_CHARS_MAX: usize = 64;
/// Groups that a release may be for.
pub const GROUPS_MAX: usize = 64;
/// Media whose right to be shown has an end.
pub const RIGHTS_MAX: usize = 10_000;
/// Characters of the version of a program.
const RUNTIME_CHARS_MAX: usize = 64;
/// The highest version of anything: the largest whole number that every reader of JSON keeps exactly.
pub const VERSION_MAX: u64 = (1 << 53) - 1;
/// The last moment that is taken as a time: the end of the year 9999, milliseconds since 1970.
pub const TIME_MS_MAX: u64 = 253_402_300_799_999;
/// Pixels of one picture that a screen opens; what a build makes stays far below.
pub const PICTURE_PX_MAX: u64 = 16_384 * 16_384;
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
    /// Made for a later program. Update this device first.
    #[error("the release needs version {needed} of the program or later, this is {runtime}")]
    RuntimeTooOld {
        /// As written.
        needed: String,
        /// Of this program.
        runtime: String,
    },
    /// A field outside its limits.
    #[error("the manifest's `{field}` is not acceptable: {reason}")]
    Field {
        /// Which.
        field: &'static str,
        /// What it must be.
        reason: String,
    },
    /// Two sizes for one blob.
    #[error("the blob {0} is listed with two sizes")]
    SizesDiffer(BlobHash),
}

impl ManifestError {
    /// The code that travels in a report.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooNew { .. } => "too_new",
            Self::RuntimeTooOld { .. } => "runtime_too_old",
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
    check_fields(&manifest)?;
    for required in [EXHIBITION_FILE, PICTURES_FILE] {
        if !manifest.files.contains_key(required) {
            return Err(ManifestError::FileMissing(required));
        }
    }
    Ok(manifest)
}

/// The fields beside the files.
fn check_fields(manifest: &Manifest) -> Result<(), ManifestError> {
    let wrong = |field, reason: String| Err(ManifestError::Field { field, reason });
    let id_rule = || format!("1 to {ID_CHARS_MAX} of a-z, 0-9, `-` and `_`, starting with a letter or digit");
    for (field, id) in [("exhibition", &manifest.exhibition), ("class", &manifest.class)] {
        if !id_is_valid(id) {
            return wrong(field, id_rule());
        }
    }
    if manifest.version > VERSION_MAX {
        return wrong("version", format!("at most {VERSION_MAX}"));
    }
    let times = [("created_at_ms", Some(manifest.created_at_ms)), ("expires_at_ms", manifest.expires_at_ms)];
    for (field, time_ms) in times {
        if time_ms.is_some_and(|time_ms| time_ms > TIME_MS_MAX) {
            return wrong(field, "no later than the year 9999".to_owned());
        }
    }
    if manifest.min_runtime.len() > RUNTIME_CHARS_MAX || Version::parse(&manifest.min_runtime).is_err() {
        return wrong("min_runtime", "a version such as 1.4.0".to_owned());
    }
    if manifest.groups.len() > GROUPS_MAX || !manifest.groups.iter().all(|group| id_is_valid(group)) {
        return wrong("groups", format!("at most {GROUPS_MAX} ids, each {}", id_rule()));
    }
    let right_is_valid = |(media, until_ms): (&String, &u64)| id_is_valid(media) && *until_ms <= TIME_MS_MAX;
    if manifest.rights.len() > RIGHTS_MAX || !manifest.rights.iter().all(right_is_valid) {
        return wrong("rights", format!("at most {RIGHTS_MAX} media ids with a time before the year 10000"));
    }
    let Budget { largest_picture_px, pictures_decoded_bytes, .. } = manifest.budget;
    let sums = Budget { largest_picture_px, pictures_decoded_bytes, ..Budget::of_files(&manifest.files) };
    if manifest.budget != sums {
        return wrong("budget", "its sums are not those of the files".to_owned());
    }
    if largest_picture_px > PICTURE_PX_MAX || pictures_decoded_bytes > RELEASE_BYTES_MAX {
        return wrong("budget", "pictures are larger than a device opens".to_owned());
    }
    Ok(())
}

/// Says whether the program of version `runtime` can show the release.
pub fn check_runtime(manifest: &Manifest, runtime: &Version) -> Result<(), ManifestError> {
    match Version::parse(&manifest.min_runtime) {
        Ok(needed) if needed <= *runtime => Ok(()),
        _ => Err(ManifestError::RuntimeTooOld { needed: manifest.min_runtime.clone(), runtime: runtime.to_string() }),
    }
}

/// The version of this program.
pub fn this_runtime() -> Version {
    // Cargo refuses a package whose version is not one; 0.0.0 would show nothing, which is the safe side.
    Version::parse(env!("CARGO_PKG_VERSION")).unwrap_or(Version::new(0, 0, 0))
}

/// True for 1 to [`ID_CHARS_MAX`] of `a-z`, `0-9`, `-` and `_`, starting with a letter or digit.
pub fn id_is_valid(id: &str) -> bool {
    id.len() <= ID_CHARS_MAX
        && id.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
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
