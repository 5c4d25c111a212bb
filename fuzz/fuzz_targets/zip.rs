//! Any bytes as a zip: nothing is written outside of its folder.
#![no_main]

use std::{fs, io::Cursor};

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(work) = tempfile::tempdir() else { return };
    let into = work.path().join("into");
    if fs::create_dir(&into).is_err() {
        return;
    }
    let _ = pingfeng_release::unpack_zip(Cursor::new(bytes), &into);
    assert_eq!(fs::read_dir(work.path()).map(Iterator::count).unwrap_or(1), 1);
});
