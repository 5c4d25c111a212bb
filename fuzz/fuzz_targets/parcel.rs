//! Any bytes as a parcel of pieces, and as a list of chunks that was kept: no panic, no more memory than a parcel may
//! unpack to, and nothing that is read is written otherwise.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pingfeng_release::{
    chunk::{CHUNK_BYTES_MAX, read_entries, write_entries},
    parcel::{DICTIONARY_BYTES_MAX, PARCEL_UNPACKED_MAX, pack, unpack, unpack_with},
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(pieces) = unpack(bytes) {
        assert!(pieces.iter().all(|piece| piece.len() <= CHUNK_BYTES_MAX));
        assert!(pieces.iter().map(|piece| piece.len() + 4).sum::<usize>() <= PARCEL_UNPACKED_MAX);
        if let Ok(packed) = pack(pieces.iter().map(Vec::as_slice)) {
            assert_eq!(unpack(&packed), Ok(pieces));
        }
    }
    // Whatever it says its dictionary is made of is here, and together never more than a dictionary may be.
    let mut given = 0;
    let pieces = unpack_with(bytes, &mut |place| {
        given += place.len as usize;
        assert!(given <= DICTIONARY_BYTES_MAX);
        Some(bytes.iter().copied().cycle().take(place.len as usize).collect())
    });
    if let Ok(pieces) = pieces {
        assert!(pieces.iter().map(|piece| piece.len() + 4).sum::<usize>() <= PARCEL_UNPACKED_MAX);
    }
    if let Ok(entries) = read_entries(bytes) {
        assert_eq!(read_entries(&write_entries(&entries)), Ok(entries));
    }
});
