//! Any bytes as a picture: refused or prepared, never a panic or a full memory.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use pingfeng_release::{Cache, prepare::prepare};

fuzz_target!(|bytes: &[u8]| {
    let Ok(work) = tempfile::tempdir() else { return };
    let path = work.path().join("a");
    if fs::write(&path, bytes).is_ok() {
        let cache = Cache::at(work.path().join("cache"));
        let _ = prepare(&path, false, &cache);
        let _ = prepare(&path, true, &cache);
    }
});
