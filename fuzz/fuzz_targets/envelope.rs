//! Any bytes as each kind of envelope, and as what a device stores: no panic, and nothing that is read is written
//! otherwise. Begin with the envelopes of `tests/corpus/attacks`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pingfeng_release::trust::{
    Approval, Envelope, Notice, PayloadKind, Root, Roster, SIGNATURES_MAX, Statement, TrustState,
};

fn statement<S: Statement + PartialEq + std::fmt::Debug>(bytes: &[u8], kind: PayloadKind) {
    let Ok(envelope) = Envelope::parse(bytes, kind) else { return };
    assert!(envelope.signatures().len() <= SIGNATURES_MAX);
    assert_eq!(Envelope::parse(&envelope.to_bytes(), kind).as_ref(), Ok(&envelope));
    if let Ok(statement) = S::of(&envelope) {
        assert_eq!(S::of(&statement.envelope()), Ok(statement));
    }
}

fuzz_target!(|bytes: &[u8]| {
    statement::<Root>(bytes, PayloadKind::Root);
    statement::<Roster>(bytes, PayloadKind::Roster);
    statement::<Approval>(bytes, PayloadKind::Approval);
    statement::<Notice>(bytes, PayloadKind::Notice);
    if let Some(state) = std::str::from_utf8(bytes).ok().and_then(TrustState::from_json) {
        assert_eq!(TrustState::from_json(&state.to_json()), Some(state));
    }
});
