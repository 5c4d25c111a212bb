//! Any bytes as a film, as a sound and as captions: no panic, no endless reading, and captions that are in order.
#![no_main]

use std::io::{Seek, Write};

use libfuzzer_sys::fuzz_target;
use pingfeng_content::captions::Captions;
use pingfeng_release::probe::{probe_film, probe_sound};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(mut file) = tempfile::tempfile()
        && file.write_all(bytes).is_ok()
    {
        let _ = file.rewind().and_then(|()| probe_film(&mut file));
        let _ = file.rewind().and_then(|()| probe_sound(&mut file));
    }
    let (captions, _) = Captions::parse(&String::from_utf8_lossy(bytes));
    let mut at = 0;
    while let Some(next) = captions.next_change_ms(at) {
        assert!(next > at);
        let _ = captions.at(next);
        at = next;
        // Many cues take long to walk; the first are as good as all.
        if at > 60_000 {
            break;
        }
    }
});
