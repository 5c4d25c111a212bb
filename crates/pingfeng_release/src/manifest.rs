//! What a release consists of.

use std::collections::{BTreeMap, BTreeSet};

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
    /// When it was built, milliseconds since 1970. Written by whoever built it: never taken as proof of the time.
    pub created_at_ms: u64,
    /// Class of review: which stages have to sign it. The roster says what each class asks for.
    pub class: String,
    /// The oldest program that can show it, a semantic version.
    pub min_runtime: String,
    /// Not to be taken up from this moment on, milliseconds since 1970. What is on the glass then stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<u64>,
    /// Groups of devices that may show it; empty: all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<String>,
    /// When the right to show a medium ends: media id → the first millisecond since 1970 at which it may not be shown.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rights: BTreeMap<String, u64>,
    /// What a device must be able to hold.
    pub budget: Budget,
    /// Files by path. `exhibition.json` (a `pingfeng_content::Compiled`) and `pictures.json` (a [`PictureIndex`]) are
    /// always there; the rest are pictures, films, captions and sounds.
    pub files: BTreeMap<String, FileEntry>,
}

/// Class of a release whose exhibition names none.
pub const CLASS_ORDINARY: &str = "ordinary";
/// The oldest program that shows what this one builds. Raised when a build begins to contain something that older
/// programs cannot show; not with every version, or devices would refuse what they can show well.
pub const RUNTIME_NEEDED: &str = "0.1.0";

/// What a release asks of a device. Computed when it is built; the sums over files are computed again when it is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Bytes of all files together.
    pub total_bytes: u64,
    /// Bytes of the largest file.
    pub largest_file_bytes: u64,
    /// Width times height of the largest picture that a screen may open, in pixels.
    pub largest_picture_px: u64,
    /// Bytes of every picture and layer unpacked at its largest size, 4 a pixel: more than a screen ever holds at once.
    pub pictures_decoded_bytes: u64,
}

impl Budget {
    /// The part that is known from the list of files alone; the rest is 0.
    pub fn of_files(files: &BTreeMap<String, FileEntry>) -> Self {
        Self {
            total_bytes: files.values().fold(0, |sum, file| file.size_bytes.saturating_add(sum)),
            largest_file_bytes: files.values().map(|file| file.size_bytes).max().unwrap_or(0),
            ..Self::default()
        }
    }

    /// Adds what the pictures of the index come to.
    pub fn with_pictures(self, index: &PictureIndex) -> Self {
        let area = |size: &PreparedSize| u64::from(size.width_px) * u64::from(size.height_px);
        let pictures = index.pictures.values();
        let stacks = pictures
            .flat_map(|picture| std::iter::once(&picture.sizes).chain(picture.layers.iter().map(|layer| &layer.sizes)));
        let mut budget = self;
        for largest_px in stacks.map(|sizes| sizes.iter().map(area).max().unwrap_or(0)) {
            budget.largest_picture_px = budget.largest_picture_px.max(largest_px);
            budget.pictures_decoded_bytes += largest_px * 4;
        }
        budget
    }
}

impl Manifest {
    /// A manifest of these files, of the ordinary class, for every group, without an end.
    pub fn of(exhibition: &str, version: u64, created_at_ms: u64, files: BTreeMap<String, FileEntry>) -> Self {
        Self {
            format: 1,
            exhibition: exhibition.to_owned(),
            version,
            created_at_ms,
            class: CLASS_ORDINARY.to_owned(),
            min_runtime: RUNTIME_NEEDED.to_owned(),
            expires_at_ms: None,
            groups: BTreeSet::new(),
            rights: BTreeMap::new(),
            budget: Budget::of_files(&files),
            files,
        }
    }

    /// Media that may not be shown any more.
    pub fn rights_ended(&self, now_ms: u64) -> impl Iterator<Item = &str> {
        self.rights.iter().filter(move |(_, until_ms)| now_ms >= **until_ms).map(|(media, _)| media.as_str())
    }

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
