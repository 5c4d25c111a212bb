//! A release as it lies on a disk: the folder that `build` writes, or the pack that `pack` writes.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use pingfeng_release::{
    BlobHash, Manifest,
    pack::{Cuttings, Pack, Pieces},
    store::{OpenRelease, accept_manifest},
};

/// Either of the two.
pub(crate) enum Release {
    /// `manifest.json` and `blobs/`.
    Folder { release: OpenRelease, manifest_bytes: Vec<u8> },
    /// One file.
    Pack { pack: Pack, manifest: Manifest },
}

impl Release {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let opened = if path.is_dir() { Self::folder(path) } else { Self::pack(path) };
        opened.with_context(|| path.display().to_string())
    }

    fn folder(path: &Path) -> Result<Self> {
        let manifest_bytes = fs::read(path.join("manifest.json")).context("manifest.json")?;
        let manifest = accept_manifest(&manifest_bytes).context("manifest.json")?;
        let release = OpenRelease::over(&path.join("blobs"), BlobHash::of(&manifest_bytes), manifest);
        Ok(Self::Folder { release, manifest_bytes })
    }

    fn pack(path: &Path) -> Result<Self> {
        let pack = Pack::open(path)?;
        let (manifest, _) = pack.manifest()?;
        Ok(Self::Pack { pack, manifest })
    }

    pub(crate) fn id(&self) -> &BlobHash {
        match self {
            Self::Folder { release, .. } => release.id(),
            Self::Pack { pack, .. } => pack.release(),
        }
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        match self {
            Self::Folder { release, .. } => release.manifest(),
            Self::Pack { manifest, .. } => manifest,
        }
    }

    /// Every piece of it, for whoever looks for what is missing elsewhere.
    pub(crate) fn pieces(&self) -> Result<Box<dyn Pieces + '_>> {
        Ok(match self {
            Self::Folder { release, manifest_bytes } => Box::new(Cuttings::of_release(release, manifest_bytes)?),
            Self::Pack { pack, .. } => Box::new(pack),
        })
    }
}

/// Bytes as people read them.
pub(crate) fn bytes(n: u64) -> String {
    match n {
        0..10_000 => format!("{n} B"),
        10_000..10_000_000 => format!("{:.1} KB", n as f64 / 1e3),
        _ => format!("{:.1} MB", n as f64 / 1e6),
    }
}
