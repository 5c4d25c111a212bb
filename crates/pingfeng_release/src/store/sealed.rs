//! Small files that carry their own hash, so that each is the old one, the new one, or known to be damaged: one line of
//! JSON, and its BLAKE3 on the next.

use std::fs;
use std::io;
use std::path::Path;

use super::disk::{Disk, DiskError, replace_file};
use crate::BlobHash;

/// What reading a sealed file found.
pub(super) enum Read {
    Absent,
    Whole(String),
    Damaged,
}

/// Reads a file of at most `bytes_max` bytes; a longer one was not written here.
pub(super) fn read(path: &Path, bytes_max: u64) -> Result<Read, DiskError> {
    let bytes = match fs::metadata(path)
        .and_then(|metadata| if metadata.len() > bytes_max { Ok(Vec::new()) } else { fs::read(path) })
    {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Read::Absent),
        Err(error) => return Err(DiskError::new(path, error)),
    };
    let whole = String::from_utf8(bytes).ok().and_then(|text| {
        let (json, hash) = text.trim_end().rsplit_once('\n')?;
        (BlobHash::of(json.as_bytes()).0 == hash).then(|| json.to_owned())
    });
    Ok(whole.map_or(Read::Damaged, Read::Whole))
}

/// Replaces the file. `json` has no line break.
pub(super) fn write(disk: &dyn Disk, path: &Path, json: &str) -> Result<(), DiskError> {
    let hash = BlobHash::of(json.as_bytes());
    replace_file(disk, path, format!("{json}\n{hash}\n").as_bytes())
}
