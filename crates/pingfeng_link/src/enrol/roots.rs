//! What becomes of the roots that a hub hands out at enrolment: the one step of trust that no signature can check, and so
//! the one at which a person compares.
//!
//! A device that knows a root already keeps to it: a hub, and whoever has taken it over, must not be able to replace it by
//! having the device enrolled again. Only somebody who stands at the device and says so may.

use pingfeng_release::trust::{Refusal, StoredTrust, Taken, TrustState};
use pingfeng_wire::limits::ROOTS_MAX;

/// What the person at the device says about roots.
#[derive(Clone, Copy, Debug, Default)]
pub struct RootWish<'a> {
    /// The fingerprint of a root of the site, as its keepers have it on paper: 32 hex digits, spaces and colons allowed.
    pub fingerprint: Option<&'a str>,
    /// Forget the root that the device knows, and what it has taken so far. Dangerous: everything rests on the new one.
    pub replace: bool,
}

/// What the device is to trust from now on. Nothing has been written.
#[derive(Clone, Debug, PartialEq)]
pub enum RootChange {
    /// The site has no root, and the device has none: its configuration alone says whom it believes.
    None,
    /// The hub has no root, and what this device trusts cannot be read: nothing new is shown until it is enrolled at a hub
    /// that has.
    StillDamaged,
    /// What the device knows stays: the hub has none, or none that is newer.
    Keep,
    /// Store this before the identity.
    Store {
        /// What to store.
        state: Box<TrustState>,
        /// Why.
        reason: RootReason,
    },
}

/// Why a state is to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootReason {
    /// The first root that this device learns. Compare its fingerprint with what the keepers of the root have.
    First,
    /// It follows from the one that this device knows.
    Continues,
    /// The record could not be read. The device has forgotten which versions it has shown: compare the fingerprint.
    Repaired,
    /// Somebody said `--replace-root`. Compare the fingerprint.
    Replaced,
}

/// Why the device is not enrolled. Nothing is to be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootError {
    /// The hub hands out no root although one is expected. Ask the administrator to bring the root to the hub.
    #[error(
        "the hub has no root of its site, but a fingerprint was given, or the root is to be replaced; bring the root to \
         the hub first"
    )]
    NoRoots,
    /// What the hub hands out is no chain of roots.
    #[error("the hub's roots cannot be believed: {0}")]
    Refused(#[from] Refusal),
    /// The hub's roots are another site's.
    #[error(
        "the hub enrols this device at the site `{hub}`, but the root is of `{root}`; ask the administrator which is right"
    )]
    OtherSite {
        /// That the hub says.
        hub: String,
        /// That the root says.
        root: String,
    },
    /// Not 32 hex digits.
    #[error("`{0}` is not the fingerprint of a root: 32 hexadecimal digits, as `pingfengctl root` prints it")]
    Fingerprint(String),
    /// The hub has another root than the paper says. Do not go on before it is clear why.
    #[error(
        "the hub's root has the fingerprint {found}, not {expected}: this may not be your site's root. Ask its keepers; \
         nothing was written"
    )]
    OtherFingerprint {
        /// As given.
        expected: String,
        /// Of the first root that the hub hands out.
        found: String,
    },
    /// The device knows another root, and the hub's does not follow from it.
    #[error(
        "this device knows the root {known} of the site `{site}`, and the hub's root {found} does not follow from it. \
         Somebody may have taken the hub over. Only if the keepers of the root say that they have made a new one, enrol \
         again with --replace-root --root-fingerprint"
    )]
    OtherRoot {
        /// The device's site.
        site: String,
        /// Fingerprint of the device's root.
        known: String,
        /// Fingerprint of the first root that the hub hands out.
        found: String,
    },
}

/// Decides what a device that has `stored` is to trust, when a hub of `site` hands out `roots`, oldest first. Of more than
/// [`ROOTS_MAX`] roots the first are taken; the device asks for the others once it is connected.
pub fn roots_at_enrolment(
    stored: &StoredTrust,
    roots: &[String],
    site: &str,
    wish: &RootWish<'_>,
) -> Result<RootChange, RootError> {
    let expected = wish.fingerprint.map(normal).transpose()?;
    let Some((first, next)) = roots.split_first() else {
        // 1. A hub without roots takes nothing away.
        if expected.is_some() || wish.replace {
            return Err(RootError::NoRoots);
        }
        return match stored {
            StoredTrust::Absent => Ok(RootChange::None),
            StoredTrust::Damaged => Ok(RootChange::StillDamaged),
            StoredTrust::Known(known) => of_site(known, site).map(|()| RootChange::Keep),
        };
    };
    // 2. The chain holds together by itself, and is of the site that the hub speaks of.
    let mut chain = TrustState::new(first.as_bytes())?;
    let found = chain.fingerprint();
    let mut fingerprints = vec![found.clone()];
    for root in next.iter().take(ROOTS_MAX - 1) {
        chain.take_root(root.as_bytes())?;
        fingerprints.push(chain.fingerprint());
    }
    of_site(&chain, site)?;
    // 3. It is the one on paper. Any root of the chain will do: it vouches for those that follow from it, and those before
    //    it no longer matter.
    if let Some(expected) = expected
        && !fingerprints.contains(&expected)
    {
        return Err(RootError::OtherFingerprint { expected, found });
    }
    // 4. What the device knows has the last word, unless somebody here says otherwise.
    match stored {
        StoredTrust::Absent => Ok(store(chain, RootReason::First)),
        StoredTrust::Damaged => Ok(store(chain, RootReason::Repaired)),
        StoredTrust::Known(known) => match continued(known, roots) {
            Continued::By(state) if *state == **known => Ok(RootChange::Keep),
            Continued::By(state) => Ok(RootChange::Store { state, reason: RootReason::Continues }),
            Continued::Older | Continued::No if wish.replace => Ok(store(chain, RootReason::Replaced)),
            Continued::Older => Ok(RootChange::Keep),
            Continued::No => {
                Err(RootError::OtherRoot { site: known.root().site.clone(), known: known.fingerprint(), found })
            }
        },
    }
}

fn store(state: TrustState, reason: RootReason) -> RootChange {
    RootChange::Store { state: Box::new(state), reason }
}

fn of_site(state: &TrustState, site: &str) -> Result<(), RootError> {
    let root = &state.root().site;
    if root == site { Ok(()) } else { Err(RootError::OtherSite { hub: site.to_owned(), root: root.clone() }) }
}

/// How roots stand to the one that a device knows.
enum Continued {
    /// They pass through it, and lead here.
    By(Box<TrustState>),
    /// All of them have a lower version. Perhaps they have been taken before, perhaps they are others: nothing is taken
    /// from them. A hub that was restored from a backup is like this.
    Older,
    /// They do not pass through it.
    No,
}

fn continued(known: &TrustState, roots: &[String]) -> Continued {
    let mut state = known.clone();
    let mut passes = false;
    for root in roots.iter().take(ROOTS_MAX) {
        match state.take_root(root.as_bytes()) {
            Ok(Taken::Same | Taken::New) => passes = true,
            // On the way to the present one.
            Err(Refusal::RootRolledBack { .. }) => {}
            Err(_) => return Continued::No,
        }
    }
    if passes { Continued::By(Box::new(state)) } else { Continued::Older }
}

fn normal(typed: &str) -> Result<String, RootError> {
    let digits: String =
        typed.chars().filter(|c| !matches!(c, ' ' | ':' | '-')).map(|c| c.to_ascii_lowercase()).collect();
    let right = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if right { Ok(digits) } else { Err(RootError::Fingerprint(typed.to_owned())) }
}

#[cfg(test)]
mod tests {
    use pingfeng_release::trust::Statement as _;
    use pingfeng_release::trust::rehearsal::{RehearsalSite, root_key};

    use super::*;

    const NOW_MS: u64 = 1_770_000_000_000;
    const ANY: RootWish<'_> = RootWish { fingerprint: None, replace: false };

    fn text(envelope: &pingfeng_release::trust::Envelope) -> String {
        String::from_utf8(envelope.to_bytes()).unwrap()
    }

    /// Roots 1 to 3 of a site: each version names one key more and is signed by those before.
    fn roots(site: &str) -> Vec<String> {
        let first = RehearsalSite::new(site, NOW_MS);
        let mut all = vec![text(&first.root_envelope())];
        let mut root = first.root.clone();
        for version in 2..=3 {
            root.version = version;
            root.keys.push(root_key(site, 2 + version as usize).public());
            all.push(text(&first.sign_by_root(root.envelope(), &[1, 2])));
        }
        all
    }

    fn known(roots: &[String]) -> StoredTrust {
        let mut state = TrustState::new(roots[0].as_bytes()).unwrap();
        for root in &roots[1..] {
            state.take_root(root.as_bytes()).unwrap();
        }
        StoredTrust::Known(Box::new(state))
    }

    fn version(change: &RootChange) -> (u64, RootReason) {
        match change {
            RootChange::Store { state, reason } => (state.root().version, *reason),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_new_device_takes_the_whole_chain() {
        let change = roots_at_enrolment(&StoredTrust::Absent, &roots("main"), "main", &ANY).unwrap();
        assert_eq!(version(&change), (3, RootReason::First));
    }

    #[test]
    fn a_damaged_record_is_replaced_and_stays_damaged_without_roots() {
        let change = roots_at_enrolment(&StoredTrust::Damaged, &roots("main"), "main", &ANY).unwrap();
        assert_eq!(version(&change), (3, RootReason::Repaired));
        assert_eq!(roots_at_enrolment(&StoredTrust::Damaged, &[], "main", &ANY), Ok(RootChange::StillDamaged));
    }

    #[test]
    fn a_site_without_roots_leaves_a_device_as_it_is() {
        assert_eq!(roots_at_enrolment(&StoredTrust::Absent, &[], "main", &ANY), Ok(RootChange::None));
        assert_eq!(roots_at_enrolment(&known(&roots("main")), &[], "main", &ANY), Ok(RootChange::Keep));
        let moved = roots_at_enrolment(&known(&roots("main")), &[], "other", &ANY);
        assert!(matches!(moved, Err(RootError::OtherSite { .. })), "{moved:?}");
    }

    #[test]
    fn the_fingerprint_of_any_root_of_the_chain_is_right_however_it_is_typed() {
        let roots = roots("main");
        for upto in 1..=3 {
            let StoredTrust::Known(state) = known(&roots[..upto]) else { unreachable!() };
            let print = state.fingerprint();
            let typed = format!("{} {}:{}", &print[..8].to_uppercase(), &print[8..16], &print[16..]);
            let wish = RootWish { fingerprint: Some(&typed), replace: false };
            let change = roots_at_enrolment(&StoredTrust::Absent, &roots, "main", &wish).unwrap();
            assert_eq!(version(&change), (3, RootReason::First));
        }
    }

    #[test]
    fn another_fingerprint_is_refused_and_so_is_none_where_one_was_given() {
        let other = "0123456789abcdef0123456789abcdef";
        let wish = RootWish { fingerprint: Some(other), replace: false };
        let refused = roots_at_enrolment(&StoredTrust::Absent, &roots("main"), "main", &wish);
        assert!(matches!(refused, Err(RootError::OtherFingerprint { .. })), "{refused:?}");
        assert_eq!(roots_at_enrolment(&StoredTrust::Absent, &[], "main", &wish), Err(RootError::NoRoots));
        let short = RootWish { fingerprint: Some("0123"), replace: false };
        let refused = roots_at_enrolment(&StoredTrust::Absent, &roots("main"), "main", &short);
        assert_eq!(refused, Err(RootError::Fingerprint("0123".into())));
    }

    #[test]
    fn a_device_follows_the_root_it_knows() {
        let roots = roots("main");
        let change = roots_at_enrolment(&known(&roots[..1]), &roots, "main", &ANY).unwrap();
        assert_eq!(version(&change), (3, RootReason::Continues));
        assert_eq!(roots_at_enrolment(&known(&roots), &roots, "main", &ANY), Ok(RootChange::Keep));
        // A hub from an old backup.
        assert_eq!(roots_at_enrolment(&known(&roots), &roots[..2], "main", &ANY), Ok(RootChange::Keep));
    }

    #[test]
    fn a_root_that_does_not_follow_is_refused_unless_somebody_here_replaces_it() {
        let mine = roots("main");
        // The attacker's root, of the same site by its own words.
        let mut forged = RehearsalSite::new("main", NOW_MS);
        forged.root.keys = (7..=9).map(|n| root_key("main", n).public()).collect();
        let forged = vec![text(&forged.sign_by_root(forged.root.envelope(), &[7, 8]))];
        let refused = roots_at_enrolment(&known(&mine[..1]), &forged, "main", &ANY);
        assert!(matches!(refused, Err(RootError::OtherRoot { .. })), "{refused:?}");
        let wish = RootWish { fingerprint: None, replace: true };
        let change = roots_at_enrolment(&known(&mine[..1]), &forged, "main", &wish).unwrap();
        assert_eq!(version(&change), (1, RootReason::Replaced));
        // `--replace-root` changes nothing where the root follows anyway.
        let change = roots_at_enrolment(&known(&mine[..1]), &mine, "main", &wish).unwrap();
        assert_eq!(version(&change), (3, RootReason::Continues));
    }

    #[test]
    fn an_older_root_that_is_not_ours_takes_nothing_away() {
        let mine = roots("main");
        let mut forged = RehearsalSite::new("main", NOW_MS);
        forged.root.keys = (7..=9).map(|n| root_key("main", n).public()).collect();
        let forged = vec![text(&forged.sign_by_root(forged.root.envelope(), &[7, 8]))];
        assert_eq!(roots_at_enrolment(&known(&mine), &forged, "main", &ANY), Ok(RootChange::Keep));
        // Nor does it hold up keepers who have lost their keys and begin again with version 1.
        let wish = RootWish { fingerprint: None, replace: true };
        let change = roots_at_enrolment(&known(&mine), &forged, "main", &wish).unwrap();
        assert_eq!(version(&change), (1, RootReason::Replaced));
    }

    #[test]
    fn roots_of_another_site_and_broken_ones_are_refused() {
        let refused = roots_at_enrolment(&StoredTrust::Absent, &roots("other"), "main", &ANY);
        assert!(matches!(refused, Err(RootError::OtherSite { .. })), "{refused:?}");
        let mut gap = roots("main");
        gap.remove(1);
        let refused = roots_at_enrolment(&StoredTrust::Absent, &gap, "main", &ANY);
        assert!(matches!(refused, Err(RootError::Refused(Refusal::RootGap { .. }))), "{refused:?}");
        let refused = roots_at_enrolment(&StoredTrust::Absent, &["{}".to_owned()], "main", &ANY);
        assert!(matches!(refused, Err(RootError::Refused(Refusal::Envelope(_)))), "{refused:?}");
    }
}
