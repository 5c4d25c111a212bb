//! Any bytes as the parts of a passkey's assertion, and as a public key: no panic, and no signature that nobody made.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use pingfeng_release::trust::{
    PublicKey,
    rehearsal::{RP_ID, Softkey},
    verify_assertion,
};

fuzz_target!(|bytes: &[u8]| {
    static KEY: OnceLock<PublicKey> = OnceLock::new();
    let PublicKey::Es256(key) = KEY.get_or_init(|| Softkey::new("fuzz", "zhong").key().key) else { return };
    // The first two bytes say where the parts end.
    if let [one, two, rest @ ..] = bytes {
        let first = usize::from(*one).min(rest.len());
        let second = (first + usize::from(*two)).min(rest.len());
        let (authenticator, signature, client) = (&rest[..first], &rest[first..second], &rest[second..]);
        assert!(verify_assertion(key, RP_ID, &[7; 32], authenticator, client, signature).is_err());
    }
    if let Some(key) = std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<PublicKey>().ok()) {
        assert_eq!(key.to_string().as_bytes(), bytes);
    }
    if let Ok(key) = PublicKey::es256_from_spki(bytes) {
        assert_eq!(key.to_string().parse(), Ok(key));
    }
});
