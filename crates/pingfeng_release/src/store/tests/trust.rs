//! Whom a device believes, over power cuts and damage; and programs that are too old for a release.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use super::{Bench, active_version, made};
use crate::BlobHash;
use crate::store::fault::{FaultDisk, Survives};
use crate::store::{Repaired, accept_manifest, this_runtime};
use crate::trust::rehearsal::RehearsalSite;
use crate::trust::{Accept, Facts, Guard, STATE_BYTES_MAX, StoredTrust, TrustState};

/// A device that is enrolled with a site of invented people.
fn enrolled() -> (RehearsalSite, TrustState) {
    let site = RehearsalSite::new("main", 1_793_520_000_000);
    let state = TrustState::new(&site.root_envelope().to_bytes()).unwrap();
    (site, state)
}

#[test]
fn whom_a_device_believes_survives_a_restart() {
    let bench = Bench::new();
    let (_, state) = enrolled();
    let mut store = bench.open();
    assert_eq!(*store.trust(), StoredTrust::Absent);
    store.set_trust(&state).unwrap();
    drop(store);
    let store = bench.open();
    assert_eq!(*store.trust(), StoredTrust::Known(Box::new(state)));
    assert_eq!(store.repaired(), []);
}

#[test]
fn a_power_cut_while_trust_is_written_leaves_the_old_or_the_new() {
    let (site, old) = enrolled();
    let (groups, runtime) = (BTreeSet::new(), this_runtime());
    let facts = Facts { groups: &groups, runtime: &runtime, now_ms: 1_793_520_000_000, clock_trusted: true };
    let mut new = old.clone();
    new.take_roster(&site.roster_envelope().to_bytes(), &facts).unwrap();
    let (mut olds, mut news) = (0, 0);
    for survives in Survives::EACH {
        for writes in 1..12 {
            let bench = Bench::new();
            bench.open().set_trust(&old).unwrap();
            let disk = Arc::new(FaultDisk::cut_at(writes));
            let done = bench.open_on(disk.clone()).unwrap().set_trust(&new).is_ok();
            assert_eq!(done, !disk.is_cut());
            disk.lose_power(survives).unwrap();
            match bench.open().trust() {
                StoredTrust::Known(state) if **state == new => news += 1,
                StoredTrust::Known(state) if **state == old && !done => olds += 1,
                other => panic!("{survives:?} of a cut at {writes}: {other:?}"),
            }
        }
    }
    assert!(olds > 8 && news > 20, "{olds} cuts left the old, {news} the new");
}

#[test]
fn a_damaged_record_of_trust_lets_nothing_in_and_keeps_what_is_shown() {
    let bench = Bench::new();
    let (_, state) = enrolled();
    let release = made(1);
    let mut store = bench.open();
    release.show(&mut store);
    store.set_trust(&state).unwrap();
    drop(store);
    let path = bench.folder.path().join("trust");
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 4;
    for damaged in [flipped, whole[..whole.len() / 2].to_vec(), Vec::new(), vec![b'x'; STATE_BYTES_MAX + 1000]] {
        fs::write(&path, &damaged).unwrap();
        let store = bench.open();
        assert_eq!(store.repaired(), [Repaired::TrustDamaged]);
        assert_eq!(active_version(&store), Some(1), "what is shown stays");
        let mut guard = Guard::new(store.trust().clone(), Accept::Hub);
        let (groups, runtime) = (BTreeSet::new(), this_runtime());
        let facts = Facts { groups: &groups, runtime: &runtime, now_ms: 0, clock_trusted: true };
        let refusal = guard.accept_release(None, &made(2).manifest_bytes, &facts).unwrap_err();
        assert_eq!(refusal.code(), "trust_damaged", "damage must not be a way in");
        assert_eq!(fs::read(&path).unwrap(), damaged, "it stays for somebody to look at");
    }
    bench.open().set_trust(&state).unwrap();
    assert_eq!(bench.open().repaired(), [], "enrolling again is the way out");
}

#[test]
fn a_release_for_a_later_program_is_neither_fetched_nor_staged() {
    let bench = Bench::new();
    let mut later = made(2);
    let mut manifest = accept_manifest(&later.manifest_bytes).unwrap();
    manifest.min_runtime = "999.0.0".into();
    later.manifest_bytes = manifest.canonical_bytes();
    later.id = BlobHash::of(&later.manifest_bytes);
    let mut store = bench.open();
    made(1).show(&mut store);
    let error = later.fetch(&mut store).unwrap_err();
    assert!(error.to_string().contains("needs version 999.0.0 of the program or later"), "{error}");
    assert_eq!(active_version(&store), Some(1));
}
