//! Any bytes as a parcel of pieces, and as a list of chunks that was kept: no panic, no more memory than a parcel may
//! unpack to, and nothing that is read is written otherwise.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pingfeng_release::{
    chunk::{CHUNK_BYTES_MAX, read_entries, write_entries},
    parcel::{PARCEL_UNPACKED_MAX, pack, unpack},
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(pieces) = unpack(bytes) {
        assert!(pieces.iter().all(|piece| piece.len() <= CHUNK_BYTES_MAX));
        assert!(pieces.iter().map(|piece| piece.len() + 4).sum::<usize>() <= PARCEL_UNPACKED_MAX);
        if let Ok(packed) = pack(pieces.iter().map(Vec::as_slice)) {
            assert_eq!(unpack(&packed), Ok(pieces));
        }
    }
    if let Ok(entries) = read_entries(bytes) {
        assert_eq!(read_entries(&write_entries(&entries)), Ok(entries));
    }
});
