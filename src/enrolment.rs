//! `pingfeng enrol`, once the hub has answered: first what the device is to trust is on the disk, then who it is. So there
//! is no moment at which a device knows its hub and not yet whom to believe.

use anyhow::{Context, Result, bail};
use pingfeng_link::enrol::{Enrolled, RootChange, RootReason, RootWish, roots_at_enrolment};
use pingfeng_release::{
    store::Store,
    trust::{Accept, TrustState},
};

use crate::config::Config;

/// Writes what the code was traded for, and returns what to tell the person at the device.
///
/// `confirm` is asked where a root is new and nobody has given its fingerprint; `false` writes nothing. Whatever is refused
/// writes nothing; the code has been used all the same.
pub fn settle(
    config: &Config,
    store: &mut Store,
    enrolled: &Enrolled,
    wish: &RootWish<'_>,
    confirm: impl FnOnce(&TrustState) -> bool,
) -> Result<Vec<String>> {
    let Enrolled { identity, roots } = enrolled;
    let change = roots_at_enrolment(store.trust(), roots, &identity.site, wish)?;
    if let RootChange::Store { state, reason } = &change {
        // What follows from a root that was compared once needs no comparing.
        if *reason != RootReason::Continues && wish.fingerprint.is_none() && !confirm(state) {
            bail!("the root was not confirmed; nothing was written. The code has been used: ask for a new one");
        }
        store.set_trust(state).context("what this device trusts cannot be written")?;
    }
    identity.save(&config.identity())?;
    let mut said = vec![format!("enrolled as {} ({}) at site {}", identity.device, identity.name, identity.site)];
    said.extend(words(&change, config.accept));
    Ok(said)
}

/// A root as people compare it.
pub fn describe(state: &TrustState) -> String {
    let root = state.root();
    let keys = format!("{} of {} keys sign", root.threshold, root.keys.len());
    format!("root of {}, version {}, {keys}, fingerprint {}", root.site, root.version, state.fingerprint())
}

fn words(change: &RootChange, accept: Accept) -> Vec<String> {
    match (change, accept) {
        (RootChange::None, Accept::Signed) => vec![
            "the hub has no root of this site, and this device asks for signatures: it takes nothing new, and shows what \
             it has"
                .into(),
            "→ bring the root to the hub and enrol again; or, where nobody signs, set accept = \"hub\" in device.toml".into(),
        ],
        (RootChange::None, Accept::Hub) => {
            vec!["nobody signs here (accept = \"hub\"): whoever has the hub has this screen, and a mark on it says so".into()]
        }
        (RootChange::StillDamaged, _) => vec![
            "the record of what this device trusts is damaged, and the hub has no root to replace it: nothing new is shown"
                .into(),
            "→ bring the root to the hub and enrol again".into(),
        ],
        (RootChange::Keep, _) => vec!["this device keeps the root that it knows".into()],
        (RootChange::Store { state, reason }, _) => {
            let what = match reason {
                RootReason::First => "from now on this device believes nobody but",
                RootReason::Continues => "the root that this device knows has been followed to",
                RootReason::Repaired => "the damaged record was replaced; which versions were shown before is forgotten. Now:",
                RootReason::Replaced => "the former root was replaced; which versions were shown before is forgotten. Now:",
            };
            vec![
                format!("{what} the {}", describe(state)),
                "→ compare the fingerprint with the one that the keepers of the root have; if it differs, do not use this \
                 device, and tell them"
                    .into(),
            ]
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pingfeng_link::Identity;
    use pingfeng_release::{
        store::{RealDisk, StoreOptions},
        trust::{StoredTrust, rehearsal::RehearsalSite},
    };

    use super::*;

    const NOW_MS: u64 = 1_770_000_000_000;

    struct Device {
        folder: tempfile::TempDir,
        store: Store,
        config: Config,
    }

    fn device() -> Device {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { state: folder.path().into(), ..Config::default() };
        let store = Store::open(&config.store(), StoreOptions::default(), Arc::new(RealDisk)).unwrap();
        Device { folder, store, config }
    }

    fn enrolled(roots: Vec<String>) -> Enrolled {
        let identity = Identity {
            device: "d-1".into(),
            name: "一号屏".into(),
            site: "main".into(),
            group: "hall".into(),
            broker_host: "hub".into(),
            broker_port: 8883,
            certificate_pem: String::new(),
            key_pem: String::new(),
            authority_pem: String::new(),
        };
        Enrolled { identity, roots }
    }

    fn root() -> String {
        String::from_utf8(RehearsalSite::new("main", NOW_MS).root_envelope().to_bytes()).unwrap()
    }

    fn never(_: &TrustState) -> bool {
        panic!("nobody is to be asked")
    }

    #[test]
    fn the_root_is_on_the_disk_before_the_identity() {
        let Device { folder: _kept, mut store, config } = device();
        let print = TrustState::new(root().as_bytes()).unwrap().fingerprint();
        let wish = RootWish { fingerprint: Some(&print), replace: false };
        let said = settle(&config, &mut store, &enrolled(vec![root()]), &wish, never).unwrap().join("\n");
        assert!(said.contains(&print) && said.contains("compare"), "{said}");
        drop(store);
        assert!(matches!(Store::peek_trust(&config.store()).unwrap(), StoredTrust::Known(_)));
        assert!(config.identity().exists());
    }

    #[test]
    fn a_root_that_nobody_confirms_or_that_differs_writes_nothing() {
        let Device { folder: _kept, mut store, config } = device();
        let roots = enrolled(vec![root()]);
        let error = settle(&config, &mut store, &roots, &RootWish::default(), |_| false).unwrap_err().to_string();
        assert!(error.contains("nothing was written"), "{error}");
        let wish = RootWish { fingerprint: Some("00000000000000000000000000000000"), replace: false };
        let error = settle(&config, &mut store, &roots, &wish, never).unwrap_err().to_string();
        assert!(error.contains("nothing was written"), "{error}");
        assert_eq!(store.trust(), &StoredTrust::Absent);
        assert!(!config.identity().exists());
    }

    #[test]
    fn without_a_root_it_is_said_what_that_means() {
        for (accept, expected) in [(Accept::Signed, "takes nothing new"), (Accept::Hub, "whoever has the hub")] {
            let Device { folder: _kept, mut store, config } = device();
            let config = Config { accept, ..config };
            let said =
                settle(&config, &mut store, &enrolled(Vec::new()), &RootWish::default(), never).unwrap().join("\n");
            assert!(said.contains(expected), "{said}");
            assert_eq!(store.trust(), &StoredTrust::Absent);
            assert!(config.identity().exists(), "records go to the hub all the same");
        }
    }
}
