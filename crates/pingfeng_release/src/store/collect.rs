//! Making room: what neither the active release, nor its predecessor, nor the one on its way needs.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::disk::{At, DiskError};
use super::{BlobHash, Store, accept_manifest, hash_is_valid, manifest_path, view};

/// Damaged blobs that are kept to be looked at; older ones are removed.
pub const QUARANTINE_MAX: usize = 8;

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Releases.
    pub releases: usize,
    /// Blobs, whole or begun.
    pub blobs: usize,
    /// Bytes of them.
    pub bytes: u64,
}

impl Store {
    /// Removes what is not needed. `coming` is the release on its way, whose blobs stay. Never touches the active
    /// release or its predecessor.
    pub fn collect(&mut self, coming: Option<&BlobHash>) -> Result<Collected, DiskError> {
        let mut collected = Collected::default();
        let pointer = self.pointer();
        let kept: HashSet<BlobHash> =
            [pointer.active.clone(), pointer.previous.clone(), coming.cloned()].into_iter().flatten().collect();

        // Releases first: one that still has its manifest must have its blobs.
        for release in self.staged_ids() {
            if !kept.contains(&release) {
                self.remove(&manifest_path(&self.root, &release), &mut collected)?;
                collected.releases += 1;
            }
        }
        let releases = self.root.join("releases");
        self.disk.sync_dir(&releases).at(&releases)?;

        let mut needed = kept.clone();
        let mut trees = HashSet::new();
        for release in &kept {
            let manifest = [manifest_path(&self.root, release), view::blob_path(&self.blobs(), release)]
                .iter()
                .find_map(|path| accept_manifest(&fs::read(path).ok()?).ok());
            match manifest {
                Some(manifest) => {
                    for file in manifest.files.into_values() {
                        needed.insert(file.blob);
                        trees.extend(file.tree.map(|tree| tree.root.to_string()));
                    }
                }
                // Its manifest is not here yet, so that nobody can say which of the old blobs it shares.
                None if Some(release) == coming => return Ok(collected),
                None => {}
            }
        }
        for shelf in entries(&self.blobs())? {
            for path in entries(&shelf)? {
                if hash_of(&path, "").is_some_and(|hash| !needed.contains(&hash)) {
                    self.remove(&path, &mut collected)?;
                    collected.blobs += 1;
                }
            }
        }
        for path in entries(&self.root.join("incoming"))? {
            if let Some(hash) = hash_of(&path, ".part")
                && !(coming.is_some() && needed.contains(&hash))
            {
                self.remove(&path, &mut collected)?;
                collected.blobs += 1;
            }
        }
        for path in entries(&self.root.join("trees"))? {
            if !path.file_name().and_then(|name| name.to_str()).is_some_and(|name| trees.contains(name)) {
                self.disk.remove_file(&path).at(&path)?;
            }
        }
        if coming.is_none() {
            self.intake = None;
        }
        Ok(collected)
    }

    /// Sets a damaged blob aside: it is missing from now on.
    pub fn quarantine(&mut self, blob: &BlobHash) -> Result<(), DiskError> {
        let path = view::blob_path(&self.blobs(), blob);
        if !hash_is_valid(blob) || !path.exists() {
            return Ok(());
        }
        let folder = self.root.join("quarantine");
        let held = entries(&folder)?;
        for old in held.iter().take((held.len() + 1).saturating_sub(QUARANTINE_MAX)) {
            self.disk.remove_file(old).at(old)?;
        }
        self.disk.rename(&path, &folder.join(&blob.0)).at(&path)?;
        let shelf = path.parent().unwrap_or(&folder);
        self.disk.sync_dir(shelf).at(shelf)
    }

    /// Ids of the manifests in `releases/`, complete or not.
    pub(super) fn staged_ids(&self) -> Vec<BlobHash> {
        entries(&self.root.join("releases"))
            .unwrap_or_default()
            .iter()
            .filter_map(|path| hash_of(path, ".json"))
            .collect()
    }

    /// Removes what a power cut left of files that were about to replace others.
    pub(super) fn remove_temporary_files(&self) -> Result<(), DiskError> {
        for folder in [self.root.clone(), self.root.join("releases"), self.root.join("trees")] {
            for path in entries(&folder)? {
                if path.extension().is_some_and(|extension| extension == "tmp") {
                    match self.disk.remove_file(&path).at(&path) {
                        // It disturbs nobody; a read-only disk must not keep a good release from the glass.
                        Ok(()) | Err(DiskError::ReadOnly { .. }) => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        Ok(())
    }

    fn remove(&self, path: &Path, collected: &mut Collected) -> Result<(), DiskError> {
        collected.bytes += fs::metadata(path).map_or(0, |metadata| metadata.len());
        self.disk.remove_file(path).at(path)
    }
}

/// What lies in a folder, by name; nothing when the folder is not there.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let listing = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        listing => listing.at(folder)?,
    };
    let mut paths = listing.map(|entry| Ok(entry.at(folder)?.path())).collect::<Result<Vec<_>, DiskError>>()?;
    paths.sort();
    Ok(paths)
}

fn hash_of(path: &Path, suffix: &str) -> Option<BlobHash> {
    let hash = BlobHash(path.file_name()?.to_str()?.strip_suffix(suffix)?.to_owned());
    hash_is_valid(&hash).then_some(hash)
}
