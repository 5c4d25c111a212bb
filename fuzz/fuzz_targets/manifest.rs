//! Any bytes as a manifest: no panic, and what is taken is within every limit. Begin with
//! `tests/corpus/delivery/manifests`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pingfeng_release::store::{FILES_MAX, GROUPS_MAX, RELEASE_BYTES_MAX, RIGHTS_MAX, accept_manifest, id_is_valid};

fuzz_target!(|bytes: &[u8]| {
    let Ok(manifest) = accept_manifest(bytes) else { return };
    assert!(manifest.files.len() <= FILES_MAX);
    assert!(manifest.budget.total_bytes <= RELEASE_BYTES_MAX);
    assert!(manifest.groups.len() <= GROUPS_MAX && manifest.rights.len() <= RIGHTS_MAX);
    assert!(id_is_valid(&manifest.exhibition) && id_is_valid(&manifest.class));
    assert_eq!(accept_manifest(&manifest.canonical_bytes()), Ok(manifest));
});
