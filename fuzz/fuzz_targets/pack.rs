//! Any bytes as a pack, and as a node of a tree of chunks: no panic, no more memory than the bytes are worth, and nothing
//! that is whole unless every byte of it is.
#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use pingfeng_release::{chunk, pack::Pack};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(entries) = chunk::entries(bytes) {
        assert!(entries.len() <= chunk::NODE_ENTRIES_MAX);
    }
    let Ok(mut file) = tempfile::NamedTempFile::new() else { return };
    if file.write_all(bytes).is_err() {
        return;
    }
    if let Ok(pack) = Pack::open(file.path()) {
        if let Ok(bad) = pack.verify(&mut |_| {}) {
            assert!(bad.len() <= pack.manifest().map_or(0, |(manifest, _)| manifest.files.len()));
        }
    }
});
