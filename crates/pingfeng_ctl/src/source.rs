//! An exhibition from wherever it is: a folder, or a zip that is unpacked beside the cache for as long as it is needed.

use std::{fs::File, path::Path};

use anyhow::{Context, Result, anyhow};
use pingfeng_content::Lang;
use pingfeng_release::{ExhibitionFolder, FolderError, unpack_zip};
use tempfile::TempDir;

/// An open exhibition. Dropping it removes what was unpacked.
pub(crate) struct Source {
    pub(crate) folder: ExhibitionFolder,
    _unpacked: Option<TempDir>,
}

pub(crate) fn open(exhibition: &Path, cache: &Path, lang: Lang) -> Result<Source> {
    let in_words = |error: FolderError| match error {
        FolderError::Io { path, error } => anyhow::Error::new(error).context(path.display().to_string()),
        error => anyhow!("{}: {} [{}]", exhibition.display(), error.text().get(lang), error.code()),
    };
    if !exhibition.is_file() {
        return Ok(Source { folder: ExhibitionFolder::read(exhibition).map_err(in_words)?, _unpacked: None });
    }
    std::fs::create_dir_all(cache).with_context(|| cache.display().to_string())?;
    let unpacked =
        tempfile::Builder::new().prefix("zip-").tempdir_in(cache).with_context(|| cache.display().to_string())?;
    let zip = File::open(exhibition).with_context(|| exhibition.display().to_string())?;
    unpack_zip(zip, unpacked.path()).map_err(in_words)?;
    let folder = ExhibitionFolder::read(unpacked.path()).map_err(in_words)?;
    Ok(Source { folder, _unpacked: Some(unpacked) })
}
