//! Releases made of nothing, for tests that move bytes and look at no picture.

use std::collections::BTreeMap;

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
    #[expect(clippy::expect_used, reason = "a manifest of plain values always becomes JSON")]
    pub fn new(version: u64, film_bytes: usize) -> Self {
        // Without a pattern: chunks that are alike would travel once.
        let mut film = vec![0; film_bytes];
        blake3::Hasher::new().finalize_xof().fill(&mut film);
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

    /// The film's blob.
    pub fn film(&self) -> &BlobHash {
        &self.manifest.files["films/opening.mp4"].blob
    }
}
