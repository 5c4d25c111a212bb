//! What a release consists of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::chunk::{Grain, Tree, cut};

/// BLAKE3, 64 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlobHash(pub String);

impl BlobHash {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes).to_hex().to_string())
    }
}

impl std::fmt::Display for BlobHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The list of everything in a release. Its canonical bytes ([`Manifest::canonical_bytes`]) are compact JSON; their hash names the
/// release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format. Now 1.
    pub format: u32,
    /// Exhibition id.
    pub exhibition: String,
    /// Version that only rises.
    pub version: u64,
    /// When it was built, milliseconds since 1970.
    pub created_at_ms: u64,
    /// Files by path. `exhibition.json` (a `pingfeng_content::Compiled`) and `pictures.json` (a [`PictureIndex`]) are
    /// always there; the rest are pictures, films, captions and sounds.
    pub files: BTreeMap<String, FileEntry>,
}

impl Manifest {
    /// The bytes that travel and whose hash names the release: compact JSON, files in the order of their paths.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        // Numbers and strings in structs and maps with string keys: nothing here can fail to be JSON.
        #[expect(clippy::expect_used, reason = "the line above")]
        serde_json::to_vec(self).expect("a manifest is JSON")
    }
}

/// One file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Name of its blob.
    pub blob: BlobHash,
    /// Its size.
    pub size_bytes: u64,
    /// Its chunks. Without them it is delivered as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<Tree>,
}

impl FileEntry {
    /// An entry for these bytes, as they would be listed under `path`.
    pub fn of(path: &str, bytes: &[u8]) -> Self {
        // Memory does not fail to be read.
        let tree = cut(bytes, Grain::of(path), &mut |_| Ok(())).ok();
        Self { blob: BlobHash::of(bytes), size_bytes: bytes.len() as u64, tree }
    }
}

/// Path of the compiled documents in every release.
pub const EXHIBITION_FILE: &str = "exhibition.json";
/// Path of the picture index in every release.
pub const PICTURES_FILE: &str = "pictures.json";

/// What the build made of every picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureIndex {
    /// By media id.
    pub pictures: BTreeMap<String, PreparedPicture>,
}

/// One picture, ready to be opened as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreparedPicture {
    /// Width and height of the source, in its own units.
    pub size_px: [u32; 2],
    /// The whole picture, flattened, smallest first. A screen opens the smallest that is large enough.
    pub sizes: Vec<PreparedSize>,
    /// Layers, far to near; empty unless the media entry asks for them.
    pub layers: Vec<PreparedLayer>,
}

/// One file of a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreparedSize {
    /// Path in the release; `.jpg` where opaque, `.png` where not.
    pub file: String,
    /// Pixels.
    pub width_px: u32,
    /// Pixels.
    pub height_px: u32,
}

/// One layer of a picture, cut to what it covers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreparedLayer {
    /// Name of the SVG group.
    pub name: String,
    /// Where it lies in the source: x, y, width, height, in the source's units. May reach past the frame.
    pub rect: [f32; 4],
    /// Files, smallest first.
    pub sizes: Vec<PreparedSize>,
}
