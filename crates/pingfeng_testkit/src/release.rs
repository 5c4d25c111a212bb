//! Releases made of nothing, for tests that move bytes and look at no picture.

use std::collections::{BTreeMap, HashMap};

use pingfeng_release::chunk::{self, ChunkName, Grain};
use pingfeng_release::{BlobHash, EXHIBITION_FILE, FileEntry, Manifest, PICTURES_FILE};

/// A release as a hub holds it.
#[derive(Clone, Debug)]
pub struct TestRelease {
    /// What names it.
    pub id: BlobHash,
    /// Its manifest.
    pub manifest: Manifest,
    /// The bytes that its id is the hash of.
    pub manifest_bytes: Vec<u8>,
    /// Every blob but the manifest.
    pub blobs: BTreeMap<BlobHash, Vec<u8>>,
}

impl TestRelease {
    /// A release whose document says its version and which has a film of `film_bytes`, the same in every version.
    pub fn new(version: u64, film_bytes: usize) -> Self {
        Self::with_film(version, Self::noise(film_bytes))
    }

    /// The same, but a byte is another in each stretch of `every` bytes of the film; 0: none is.
    pub fn with_changes(version: u64, film_bytes: usize, every: usize) -> Self {
        let mut film = Self::noise(film_bytes);
        if every > 0 {
            film.iter_mut().step_by(every).for_each(|byte| *byte ^= 1);
        }
        Self::with_film(version, film)
    }

    /// Bytes without a pattern, the same each time: chunks that are alike would travel once.
    pub fn noise(len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        blake3::Hasher::new().finalize_xof().fill(&mut bytes);
        bytes
    }

    /// A release whose document says its version and which has that film.
    #[expect(clippy::expect_used, reason = "a manifest of plain values always becomes JSON")]
    pub fn with_film(version: u64, film: Vec<u8>) -> Self {
        let files = [
            (EXHIBITION_FILE, format!("{{\"version\":{version}}}").into_bytes()),
            (PICTURES_FILE, b"{\"pictures\":{}}".to_vec()),
            ("films/opening.mp4", film),
        ];
        let mut blobs = BTreeMap::new();
        let mut listed = BTreeMap::new();
        for (path, bytes) in files {
            let blob = BlobHash::of(&bytes);
            listed.insert(path.to_owned(), FileEntry::of(path, &bytes));
            blobs.insert(blob, bytes);
        }
        let manifest = Manifest::of("sample", version, 0, listed);
        let manifest_bytes = serde_json::to_vec(&manifest).expect("a manifest becomes JSON");
        Self { id: BlobHash::of(&manifest_bytes), manifest, manifest_bytes, blobs }
    }

    /// Every piece of it, by name: of the manifest and of all files.
    pub fn pieces(&self) -> HashMap<ChunkName, Vec<u8>> {
        let mut pieces = HashMap::new();
        let mut give = |piece: chunk::Piece<'_>| {
            pieces.insert(piece.name, piece.bytes.to_vec());
            Ok(())
        };
        // Memory does not fail to be read.
        let _ = chunk::cut(self.manifest_bytes.as_slice(), Grain::Fine, &mut give);
        for (path, file) in &self.manifest.files {
            if let Some(bytes) = self.blobs.get(&file.blob) {
                let _ = chunk::cut(bytes.as_slice(), Grain::of(path), &mut give);
            }
        }
        pieces
    }

    /// The film's blob.
    pub fn film(&self) -> &BlobHash {
        &self.manifest.files["films/opening.mp4"].blob
    }
}
