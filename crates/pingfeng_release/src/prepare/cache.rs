//! Prepared pictures by the hash of their source, so that an edit of a text builds in no time. Everything in it can be
//! made again; deleting the folder costs only time.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{Drawn, DrawnFile, PictureRemark};
use crate::{BlobHash, BlobSink, DirSink, sink::blob_path};

/// A folder with `blobs/<hh>/<hash>` and `pictures/<key>.json`. Cheap to clone; may be used by several programs at once.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

/// A picture in the cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptPicture {
    /// Width and height of the source, in its own units.
    pub size_px: [u32; 2],
    /// The whole picture, smallest first.
    pub sizes: Vec<KeptSize>,
    /// Layers, far to near.
    pub layers: Vec<KeptLayer>,
    /// What the editor should know.
    pub remarks: Vec<PictureRemark>,
}

/// A layer of a picture in the cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptLayer {
    /// Name of the group.
    pub name: String,
    /// x, y, width and height in the source's units.
    pub rect: [f32; 4],
    /// Smallest first.
    pub sizes: Vec<KeptSize>,
}

/// A file of a picture in the cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptSize {
    /// `jpg` or `png`.
    pub extension: String,
    /// Pixels.
    pub width_px: u32,
    /// Pixels.
    pub height_px: u32,
    /// Its blob in the cache.
    pub blob: BlobHash,
    /// Its size.
    pub size_bytes: u64,
}

impl Cache {
    /// The cache at `root`, which is made when something is kept.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder of blobs, in the layout of [`DirSink`].
    pub fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn blob_path(&self, blob: &BlobHash) -> PathBuf {
        blob_path(&self.blobs(), blob)
    }

    pub(super) fn key(&self, settings: u32, layers: bool, bytes: &[u8]) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&settings.to_le_bytes());
        hasher.update(&[u8::from(layers)]);
        hasher.update(bytes);
        hasher.finalize().to_hex().to_string()
    }

    fn entry(&self, key: &str) -> PathBuf {
        self.root.join("pictures").join(format!("{key}.json"))
    }

    pub(super) fn find(&self, key: &str) -> Option<KeptPicture> {
        let kept: KeptPicture = serde_json::from_slice(&fs::read(self.entry(key)).ok()?).ok()?;
        let whole = |size: &KeptSize| {
            fs::metadata(self.blob_path(&size.blob)).is_ok_and(|metadata| metadata.len() == size.size_bytes)
        };
        let layers = kept.layers.iter().flat_map(|layer| &layer.sizes);
        kept.sizes.iter().chain(layers).all(whole).then_some(kept)
    }

    pub(super) fn keep(&self, key: &str, drawn: Drawn) -> Result<KeptPicture, (PathBuf, io::Error)> {
        let at_root = |error| (self.root.clone(), error);
        let mut sink = DirSink::new(self.blobs());
        let mut file = |file: DrawnFile| -> io::Result<KeptSize> {
            let blob = BlobHash::of(&file.bytes);
            let size_bytes = file.bytes.len() as u64;
            if !sink.contains(&blob, size_bytes)? {
                sink.put(&blob, size_bytes, &mut file.bytes.as_slice())?;
            }
            Ok(KeptSize {
                extension: file.extension.to_owned(),
                width_px: file.width_px,
                height_px: file.height_px,
                blob,
                size_bytes,
            })
        };
        let kept = (|| {
            Ok(KeptPicture {
                size_px: drawn.size_px,
                sizes: drawn.sizes.into_iter().map(&mut file).collect::<io::Result<_>>()?,
                layers: drawn
                    .layers
                    .into_iter()
                    .map(|layer| {
                        let sizes = layer.sizes.into_iter().map(&mut file).collect::<io::Result<_>>()?;
                        Ok(KeptLayer { name: layer.name, rect: layer.rect, sizes })
                    })
                    .collect::<io::Result<_>>()?,
                remarks: drawn.remarks,
            })
        })()
        .map_err(at_root)?;
        sink.finish().map_err(at_root)?;
        let bytes = serde_json::to_vec(&kept).map_err(|error| at_root(error.into()))?;
        replace_file(&self.entry(key), &bytes).map_err(at_root)?;
        Ok(kept)
    }
}

/// Writes beside, syncs, renames.
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".part-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}
