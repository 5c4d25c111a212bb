//! Any bytes as a row of parcels, as a hub over HTTPS or a neighbour might send it, and as runs of chunks: no panic, and
//! what is read again is what was written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pingfeng_release::{parcel, run};

fuzz_target!(|bytes: &[u8]| {
    let mut row = bytes;
    while let Ok(Some(parcel)) = parcel::read_from_row(&mut row) {
        assert!(parcel.len() <= parcel::PARCEL_BYTES_LIMIT);
        let _ = parcel::unpack(&parcel);
    }
    if let Some(runs) = run::read(bytes) {
        assert_eq!(run::write(&runs), bytes);
        // Whatever the tree says, the way down ends.
        if let Some(first) = runs.first() {
            let mut chunks = run::Chunks::of(*first, bytes[0] % 2);
            let mut steps = 0;
            while let Ok(Some(_)) = chunks.next(|_| Some(&bytes[..bytes.len() / 36 * 36])) {
                steps += 1;
                if steps > 10_000 {
                    break;
                }
            }
        }
    }
});
