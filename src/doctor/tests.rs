//! What the doctor says of a device, healthy and not.

use std::sync::Arc;

use pingfeng_release::{
    store::{RealDisk, StoreOptions},
    trust::rehearsal::RehearsalSite,
};
use pingfeng_testkit::ManualClock;

use super::*;

const NOW_MS: u64 = 1_770_000_000_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn device() -> (tempfile::TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { state: folder.path().into(), ..Config::default() };
    (folder, config)
}

/// Enrols the device with the root of a site, and with its roster where it is to have one.
fn believe(config: &Config, roster: bool) -> TrustState {
    let site = RehearsalSite::new("main", NOW_MS);
    let mut state = TrustState::new(&site.root_envelope().to_bytes()).unwrap();
    if roster {
        let facts = pingfeng_release::trust::Facts {
            groups: &Default::default(),
            runtime: &pingfeng_release::store::this_runtime(),
            now_ms: NOW_MS,
            clock_trusted: true,
        };
        state.take_roster(&site.roster_envelope().to_bytes(), &facts).unwrap();
    }
    Store::open(&config.store(), StoreOptions::default(), Arc::new(RealDisk)).unwrap().set_trust(&state).unwrap();
    state
}

fn trust_at(config: &Config, now_ms: u64) -> Result<String, String> {
    trust(config, &ManualClock::at(now_ms)).map_err(|fix| format!("{} → {}", fix.wrong, fix.remedy))
}

#[test]
fn whom_a_device_believes_is_said_with_fingerprint_and_ends() {
    let (_kept, config) = device();
    let state = believe(&config, true);
    let said = trust_at(&config, NOW_MS).unwrap();
    for part in ["root of main version 1", &state.fingerprint(), "roster version 1, 7 people", "until 2027-02-02"] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
}

#[test]
fn what_keeps_new_content_away_has_a_remedy() {
    let (_kept, config) = device();
    believe(&config, false);
    assert!(trust_at(&config, NOW_MS).unwrap_err().contains("send the signed roster"));
    believe(&config, true);
    let late = trust_at(&config, NOW_MS + 366 * DAY_MS).unwrap_err();
    assert!(late.contains("the roster has run out") && late.contains("sign a new roster"), "{late}");
    let soon = trust_at(&config, NOW_MS + 350 * DAY_MS).unwrap_err();
    assert!(soon.contains("runs out soon"), "{soon}");
}

#[test]
fn a_damaged_record_is_not_mistaken_for_none() {
    let (_kept, config) = device();
    believe(&config, true);
    let path = config.store().join("trust");
    let mut bytes = fs::read(&path).unwrap();
    bytes[20] ^= 1;
    fs::File::create(&path).and_then(|mut file| std::io::Write::write_all(&mut file, &bytes)).unwrap();
    let hub = Config { accept: Accept::Hub, ..config };
    assert!(trust_at(&hub, NOW_MS).unwrap_err().contains("enrol this device again"));
}

#[test]
fn without_a_root_the_configuration_decides_and_is_said() {
    let (_kept, config) = device();
    assert!(trust_at(&config, NOW_MS).unwrap().contains("no root yet"));
    fs::File::create(config.identity()).unwrap();
    assert!(trust_at(&config, NOW_MS).unwrap_err().contains("accept = \"hub\""));
    let hub = Config { accept: Accept::Hub, ..config };
    assert!(trust_at(&hub, NOW_MS).unwrap().starts_with("hub: nobody signs"));
}

#[test]
fn an_unenrolled_device_has_no_certificate_to_look_after() {
    let (_kept, config) = device();
    assert_eq!(certificate(&config, &ManualClock::at(NOW_MS)).map_err(|fix| fix.wrong), Ok("none".into()));
}
