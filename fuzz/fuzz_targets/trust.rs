//! Any bytes sent to an enrolled device, as each thing that it takes: no panic, a refusal changes nothing, and nothing is
//! taken that the device's people have not signed. Begin with the files of `tests/corpus/attacks`.
#![no_main]

use std::{collections::BTreeSet, sync::OnceLock};

use libfuzzer_sys::fuzz_target;
use pingfeng_release::{
    store::this_runtime,
    trust::{ApprovalKind, Facts, Taken, TrustState, rehearsal::RehearsalSite},
};

const NOW_MS: u64 = 1_793_520_000_000;
/// Manifest of the case whose approvals are taken.
const MANIFEST: &[u8] = include_bytes!("../../tests/corpus/attacks/honest/manifest-1.json");

fn enrolled() -> &'static TrustState {
    static STATE: OnceLock<TrustState> = OnceLock::new();
    STATE.get_or_init(|| {
        // Another site than that of the corpus, so that nothing of it is ever taken.
        let site = RehearsalSite::new("fuzz", NOW_MS);
        let mut state = TrustState::new(&site.root_envelope().to_bytes()).expect("a root that is signed");
        let groups = BTreeSet::new();
        let facts = Facts { groups: &groups, runtime: &this_runtime(), now_ms: NOW_MS, clock_trusted: true };
        state.take_roster(&site.roster_envelope().to_bytes(), &facts).expect("a roster that is signed");
        let approval = site.approve(MANIFEST, ApprovalKind::Release, &["chu", "zong"]);
        state.accept_release(&approval.to_bytes(), MANIFEST, &facts).expect("a release that is signed");
        state
    })
}

fuzz_target!(|bytes: &[u8]| {
    let before = enrolled();
    let mut state = before.clone();
    let groups = BTreeSet::new();
    let facts = Facts { groups: &groups, runtime: &this_runtime(), now_ms: NOW_MS, clock_trusted: false };
    assert!(!matches!(state.take_root(bytes), Ok(Taken::New)));
    assert!(!matches!(state.take_roster(bytes, &facts), Ok(Taken::New)));
    assert!(state.accept_release(bytes, MANIFEST, &facts).is_err());
    assert!(state.accept_release(bytes, bytes, &facts).is_err());
    assert!(state.accept_notice(bytes, &facts).is_err());
    assert_eq!(state, *before);
    // Whoever enrols a device with any bytes has a state that can be stored.
    if let Ok(state) = TrustState::new(bytes) {
        assert_eq!(TrustState::from_json(&state.to_json()), Some(state));
    }
});
