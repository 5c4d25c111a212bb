//! What a device trusts, and the way from bytes that somebody sent to "this may be shown".
//!
//! The steps follow the client workflow of The Update Framework
//! (<https://theupdateframework.github.io/specification/latest/#detailed-client-workflow>) with two roles fewer: there is
//! no timestamp and no snapshot, because no key of ours is online. What they are for – not to be kept on old news – is
//! done here by the expiry of the roster and by versions that only rise; what is lost is how soon a device notices that
//! it is being kept from what is new. `docs/formats/trust.md` says so to operators.
//!
//! ## Clocks
//!
//! A hall's clock may say 1970 or 2099. Three rules keep it from mattering:
//!
//! - A clock that is behind does not make anything young again: the time is never taken to be earlier than the newest
//!   root-signed document says, nor earlier than a trusted clock has said before (`seen_ms`).
//! - A clock that is ahead can only refuse, and only while it is ahead: what it says is not remembered when it is not
//!   trusted, nor when it leaps further than [`CLOCK_LEAP_MS_MAX`] at once.
//! - What is remembered never passes the expiry of the present roster. So whatever a trusted clock claimed, the next
//!   roster ends it, and meanwhile the screens keep playing.
//!
//! Times in manifests are never remembered: whoever builds a release writes them, and that may be the hub.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::{Deserialize, Serialize};

use super::{
    Approval, ApprovalKind, Envelope, Notice, PayloadKind, Person, Refusal, Role, Root, Roster, Statement,
    quorum::{count_root_keys, fill, signers},
};
use crate::store::{accept_manifest, check_runtime};
use crate::{BlobHash, Manifest};

/// Exhibitions whose versions a device remembers.
pub const EXHIBITIONS_MAX: usize = 256;
/// Bytes of the state as stored: root, roster and versions.
pub const STATE_BYTES_MAX: usize = 1024 * 1024;
/// How far a trusted clock may leap at once and still be remembered: a device may lie in a store room for a year.
pub const CLOCK_LEAP_MS_MAX: u64 = 400 * DAY_MS;
/// How long before the end of a roster or root a device begins to say so.
pub const EXPIRES_SOON_MS: u64 = 30 * DAY_MS;
/// How far apart the clocks of a duty officer and a device may be.
const CLOCKS_DIFFER_MS: u64 = 10 * 60 * 1000;
/// Steps in which the time is remembered, so that a disk is not written for every second.
const REMEMBER_EVERY_MS: u64 = 60 * 60 * 1000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// What a device knows about itself. Its groups come from its enrolment: a hub that could change them could show anybody
/// anything that was signed for somebody.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Groups that it belongs to.
    pub groups: &'a BTreeSet<String>,
    /// Version of its program.
    pub runtime: &'a Version,
    /// Its clock, milliseconds since 1970.
    pub now_ms: u64,
    /// Whether the clock was set by a time server since it started.
    pub clock_trusted: bool,
}

/// A release that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// BLAKE3 of the manifest's bytes.
    pub release: BlobHash,
    /// What it consists of.
    pub manifest: Manifest,
    /// Forward or back.
    pub kind: ApprovalKind,
    /// Who was counted for which stage: the ids of the roster. Empty where the hub's word was enough.
    pub signed_by: Vec<(Role, String)>,
}

/// A notice that may be shown until `expires_at_ms`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedNotice {
    /// The words.
    pub notice: Notice,
    /// Which duty officer: an id of the roster.
    pub signed_by: String,
}

/// What became of a root or roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is in force now: store the state.
    New,
    /// It was in force already.
    Same,
}

/// What the operator should know although the screens play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustWarning {
    /// No roster: nothing new can be taken.
    NoRoster,
    /// The root has run out: nothing new can be taken.
    RootExpired,
    /// It will soon.
    RootExpiresSoon,
    /// The roster has run out: nothing new can be taken.
    RosterExpired,
    /// It will soon.
    RosterExpiresSoon,
    /// The clock is behind what is known of the time.
    ClockBehind,
}

impl TrustWarning {
    /// The code that travels in a report.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoRoster => "no_roster",
            Self::RootExpired => "root_expired",
            Self::RootExpiresSoon => "root_expires_soon",
            Self::RosterExpired => "roster_expired",
            Self::RosterExpiresSoon => "roster_expires_soon",
            Self::ClockBehind => "clock_behind",
        }
    }
}

/// What a device trusts. Every root and roster in it was checked when it came in, and again when it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct TrustState {
    root: Root,
    root_envelope: Envelope,
    roster: Option<(Roster, Envelope)>,
    exhibitions: BTreeMap<String, Versions>,
    seen_ms: u64,
    notice_seen_ms: u64,
}

/// What this device has taken of one exhibition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Versions {
    /// The highest version ever, or that a way back spoke of.
    highest: u64,
    /// The last one taken.
    version: u64,
    /// Its manifest.
    release: BlobHash,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    v: u32,
    root: Envelope,
    roster: Option<Envelope>,
    exhibitions: BTreeMap<String, Versions>,
    seen_ms: u64,
    notice_seen_ms: u64,
}

impl TrustState {
    /// The state of a device that is enrolled with this root. Whoever enrols it compares [`TrustState::fingerprint`]
    /// with what the keepers of the root say: this is the one step that nothing else can check.
    ///
    /// An old root of the site will do, even an expired one: the next ones are taken one after another.
    pub fn new(root_envelope: &[u8]) -> Result<Self, Refusal> {
        let envelope = Envelope::parse(root_envelope, PayloadKind::Root)?;
        let root = statement::<Root>(&envelope)?;
        check_root_keys(&envelope, &root)?;
        Ok(Self {
            root,
            root_envelope: envelope,
            roster: None,
            exhibitions: BTreeMap::new(),
            seen_ms: 0,
            notice_seen_ms: 0,
        })
    }

    /// The root in force.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// The roster in force.
    pub fn roster(&self) -> Option<&Roster> {
        self.roster.as_ref().map(|(roster, _)| roster)
    }

    /// The first 16 bytes of the BLAKE3 of the root's statement, 32 hex digits: for people to compare.
    pub fn fingerprint(&self) -> String {
        self.root_envelope.fingerprint()
    }

    // ── 1. The root ──

    /// Takes the next root. Several steps behind: hand in each root in turn.
    pub fn take_root(&mut self, envelope: &[u8]) -> Result<Taken, Refusal> {
        // 1.1 Endless data: the size is bounded before anything is parsed.
        let envelope = Envelope::parse(envelope, PayloadKind::Root)?;
        let root = statement::<Root>(&envelope)?;
        // 1.2 Mix of sites.
        self.check_site(&root.site)?;
        // 1.3 Roll back: exactly the next version, so that no step of the chain can be left out or taken twice.
        let known = self.root.version;
        if root.version == known {
            let same = envelope.payload() == self.root_envelope.payload();
            return if same { Ok(Taken::Same) } else { Err(Refusal::RootReused(known)) };
        }
        if root.version < known {
            return Err(Refusal::RootRolledBack { known, found: root.version });
        }
        if root.version != known + 1 {
            return Err(Refusal::RootGap { needed: known + 1, found: root.version });
        }
        // 1.4 Forged: enough keys of the root before, and enough of its own – else a root whose keys nobody holds would
        //     end the chain for ever.
        check_root_keys(&envelope, &self.root)?;
        check_root_keys(&envelope, &root)?;
        // 1.5 No freeze check here: a root on the way may have expired long ago. The last one is looked at when
        //     something is to be taken by it (2.2, 3.2).
        // 1.6 Fast forward: whoever held the old keys may have signed a roster of an absurd version, and no honest one
        //     would ever be newer. A roster that the new keys have not signed goes, and its version with it.
        if let Some((_, roster)) = &self.roster
            && count_root_keys(roster, &root, &mut Vec::new()) < root.threshold
        {
            self.roster = None;
        }
        self.root = root;
        self.root_envelope = envelope;
        Ok(Taken::New)
    }

    // ── 2. The roster ──

    /// Takes a roster.
    pub fn take_roster(&mut self, envelope: &[u8], facts: &Facts<'_>) -> Result<Taken, Refusal> {
        // 2.1 Endless data.
        let envelope = Envelope::parse(envelope, PayloadKind::Roster)?;
        // 2.2 Freeze: an expired root names nobody.
        self.check_root_is_fresh(facts)?;
        // 2.3 Forged: threshold of the root, over exactly these bytes.
        let mut flaws = Vec::new();
        let valid = count_root_keys(&envelope, &self.root, &mut flaws);
        if valid < self.root.threshold {
            return Err(Refusal::RosterSignatures { valid, threshold: self.root.threshold, flaws });
        }
        let roster = statement::<Roster>(&envelope)?;
        // 2.4 Mix of sites, where one root key serves two.
        self.check_site(&roster.site)?;
        // 2.5 Roll back: an older roster would bring back keys that were revoked.
        if let Some((known, known_envelope)) = &self.roster {
            if roster.version < known.version {
                return Err(Refusal::RosterRolledBack { known: known.version, found: roster.version });
            }
            if roster.version == known.version {
                let same = envelope.payload() == known_envelope.payload();
                return if same { Ok(Taken::Same) } else { Err(Refusal::RosterReused(known.version)) };
            }
        }
        // 2.6 Freeze: one that has expired is no news.
        let now_ms = self.time_ms(facts).max(roster.created_at_ms);
        if now_ms >= roster.expires_at_ms {
            return Err(Refusal::RosterExpired { expired_at_ms: roster.expires_at_ms, now_ms });
        }
        // Revoked keys are those that are not in it; nothing else remembers them.
        self.roster = Some((roster, envelope));
        self.see_time(facts.now_ms, facts.clock_trusted);
        Ok(Taken::New)
    }

    // ── 3. The approval, 4. the manifest ──

    /// Says whether a release may be shown, and remembers it if so: store the state before it is activated.
    /// `approval`: the envelope as it came. `manifest`: the bytes whose hash names the release.
    ///
    /// Taking the same release again is always possible while its approval is still good; a refusal changes nothing.
    pub fn accept_release(&mut self, approval: &[u8], manifest: &[u8], facts: &Facts<'_>) -> Result<Accepted, Refusal> {
        // 3.1 Endless data: bounded before it is parsed; so is the manifest in 4.1.
        let envelope = Envelope::parse(approval, PayloadKind::Approval)?;
        let approval = statement::<Approval>(&envelope)?;
        // 3.2 Freeze: an expired root or roster lets nothing new in. What is on the glass stays, with a warning.
        let roster = self.fresh_roster(facts)?;
        // 3.3 Mix of sites.
        self.check_site(&approval.site)?;
        // 3.4 An author who picks a weak class: the roster has the last word on what an exhibition needs.
        let stages = roster.stages(&approval.class).ok_or_else(|| Refusal::ClassUnknown(approval.class.clone()))?;
        let pin = roster.pin(&approval.exhibition);
        if let Some(least) = pin.and_then(|pin| pin.class.as_ref())
            && !roster.stages(least).is_some_and(|least| contains_all(stages, least))
        {
            return Err(Refusal::ClassTooWeak {
                exhibition: approval.exhibition,
                class: approval.class,
                least: least.clone(),
            });
        }
        // 3.5 Forged, key revoked, threshold not met, same person twice: every stage by somebody else.
        let signed_by = check_stages(&envelope, roster, stages)?;
        // 3.6 Mixed: the approval of one release with the manifest of another.
        let release = BlobHash::of(manifest);
        if approval.release != release {
            return Err(Refusal::Mixed { field: "release" });
        }
        // 4.1 Endless data: the manifest's size, paths, sums.
        let manifest = accept_manifest(manifest)?;
        // 4.2 What decided who must sign is what the manifest says, not only what the signers were shown.
        let same = [
            ("exhibition", approval.exhibition == manifest.exhibition),
            ("version", approval.version == manifest.version),
            ("class", approval.class == manifest.class),
        ];
        if let Some((field, _)) = same.into_iter().find(|(_, same)| !same) {
            return Err(Refusal::Mixed { field });
        }
        // 4.3 Rolled back: versions only rise, unless enough people have signed that they may fall this once.
        let versions = self.check_version(&approval, pin.and_then(|pin| pin.least_version))?;
        // 4.4 A program that cannot show it would show something else.
        check_runtime(&manifest, facts.runtime)?;
        // 4.5 Wrong group: signed, but not for this screen.
        check_audience(&manifest.groups, facts)?;
        // 4.6 Out of date by its own word.
        check_manifest_expiry(&manifest, self.time_ms(facts))?;

        self.exhibitions.insert(approval.exhibition, versions);
        self.see_time(facts.now_ms, facts.clock_trusted);
        Ok(Accepted { release, manifest, kind: approval.kind, signed_by })
    }

    /// Says whether a notice may be shown. It needs one duty officer.
    pub fn accept_notice(&mut self, envelope: &[u8], facts: &Facts<'_>) -> Result<AcceptedNotice, Refusal> {
        let envelope = Envelope::parse(envelope, PayloadKind::Notice)?;
        let notice = statement::<Notice>(&envelope)?;
        let roster = self.fresh_roster(facts)?;
        self.check_site(&notice.site)?;
        let signed_by = check_stages(&envelope, roster, &[Role::DutyOfficer])?;
        let signed_by = signed_by.into_iter().map(|(_, person)| person).next().unwrap_or_default();
        check_audience(&notice.groups, facts)?;
        // Replayed: an old notice is expired, also where the clock is behind, once a newer one was seen. What duty
        // officers write is evidence about notices only: their keys must not be able to age the roster.
        let now_ms = self.time_ms(facts).max(self.notice_seen_ms);
        if now_ms >= notice.expires_at_ms {
            return Err(Refusal::Expired { expired_at_ms: notice.expires_at_ms, now_ms });
        }
        if facts.clock_trusted && notice.created_at_ms > facts.now_ms.saturating_add(CLOCKS_DIFFER_MS) {
            return Err(Refusal::TooEarly { created_at_ms: notice.created_at_ms, now_ms: facts.now_ms });
        }
        if facts.clock_trusted {
            // Without a trusted clock a notice dated ahead would silence all that follow it.
            self.notice_seen_ms = self.notice_seen_ms.max(notice.created_at_ms);
        }
        Ok(AcceptedNotice { notice, signed_by })
    }

    // ── Time ──

    /// Remembers what a trusted clock says; see the head of this file for what is not remembered. True when the state
    /// has changed and should be stored. Call it every few minutes.
    pub fn see_time(&mut self, now_ms: u64, clock_trusted: bool) -> bool {
        let floor_ms = self.floor_ms();
        // A device that knows no time at all yet has nothing to measure a leap by.
        let Some((roster, _)) = &self.roster else { return false };
        let leaps = now_ms > floor_ms.saturating_add(CLOCK_LEAP_MS_MAX);
        if !clock_trusted || leaps {
            return false;
        }
        let seen_ms = now_ms.min(roster.expires_at_ms);
        let expires = seen_ms == roster.expires_at_ms && self.seen_ms < seen_ms;
        if seen_ms < self.seen_ms.saturating_add(REMEMBER_EVERY_MS) && !expires {
            return false;
        }
        self.seen_ms = seen_ms;
        true
    }

    /// What the operator should know although the screens play.
    pub fn warnings(&self, now_ms: u64) -> Vec<TrustWarning> {
        let floor_ms = self.floor_ms();
        let time_ms = now_ms.max(floor_ms);
        let mut warnings = Vec::new();
        let mut end = |expires_at_ms: u64, expired, soon| {
            if time_ms >= expires_at_ms {
                warnings.push(expired);
            } else if time_ms.saturating_add(EXPIRES_SOON_MS) >= expires_at_ms {
                warnings.push(soon);
            }
        };
        end(self.root.expires_at_ms, TrustWarning::RootExpired, TrustWarning::RootExpiresSoon);
        match &self.roster {
            Some((roster, _)) => {
                end(roster.expires_at_ms, TrustWarning::RosterExpired, TrustWarning::RosterExpiresSoon);
            }
            None => warnings.push(TrustWarning::NoRoster),
        }
        if now_ms.saturating_add(REMEMBER_EVERY_MS) < floor_ms {
            warnings.push(TrustWarning::ClockBehind);
        }
        warnings
    }

    /// The time is no earlier than this.
    fn floor_ms(&self) -> u64 {
        let made_ms = self.roster.as_ref().map_or(0, |(roster, _)| roster.created_at_ms);
        made_ms.max(self.seen_ms)
    }

    fn time_ms(&self, facts: &Facts<'_>) -> u64 {
        facts.now_ms.max(self.floor_ms())
    }

    // ── On disk ──

    /// As it is stored: JSON on one line.
    pub fn to_json(&self) -> String {
        let stored = Stored {
            v: 1,
            root: self.root_envelope.clone(),
            roster: self.roster.as_ref().map(|(_, envelope)| envelope.clone()),
            exhibitions: self.exhibitions.clone(),
            seen_ms: self.seen_ms,
            notice_seen_ms: self.notice_seen_ms,
        };
        // Strings and numbers in structs and maps with string keys: nothing here can fail to be JSON.
        #[expect(clippy::expect_used, reason = "the line above")]
        serde_json::to_string(&stored).expect("a state is JSON")
    }

    /// Reads what [`TrustState::to_json`] wrote, and checks the signatures in it again. `None`: damaged.
    pub fn from_json(json: &str) -> Option<Self> {
        if json.len() > STATE_BYTES_MAX {
            return None;
        }
        let stored: Stored = serde_json::from_str(json).ok()?;
        if stored.v != 1 || stored.exhibitions.len() > EXHIBITIONS_MAX {
            return None;
        }
        let mut state = Self::new(&stored.root.to_bytes()).ok()?;
        if let Some(envelope) = stored.roster {
            let envelope = Envelope::parse(&envelope.to_bytes(), PayloadKind::Roster).ok()?;
            if count_root_keys(&envelope, &state.root, &mut Vec::new()) < state.root.threshold {
                return None;
            }
            let roster = statement::<Roster>(&envelope).ok().filter(|roster| roster.site == state.root.site)?;
            state.roster = Some((roster, envelope));
        }
        state.exhibitions = stored.exhibitions;
        state.seen_ms = stored.seen_ms;
        state.notice_seen_ms = stored.notice_seen_ms;
        Some(state)
    }

    // ── Parts of the steps ──

    fn check_site(&self, found: &str) -> Result<(), Refusal> {
        if found == self.root.site {
            return Ok(());
        }
        Err(Refusal::WrongSite { expected: self.root.site.clone(), found: found.to_owned() })
    }

    fn check_root_is_fresh(&self, facts: &Facts<'_>) -> Result<(), Refusal> {
        let (expired_at_ms, now_ms) = (self.root.expires_at_ms, self.time_ms(facts));
        if now_ms >= expired_at_ms {
            return Err(Refusal::RootExpired { expired_at_ms, now_ms });
        }
        Ok(())
    }

    fn fresh_roster(&self, facts: &Facts<'_>) -> Result<&Roster, Refusal> {
        self.check_root_is_fresh(facts)?;
        let roster = self.roster().ok_or(Refusal::NoRoster)?;
        let (expired_at_ms, now_ms) = (roster.expires_at_ms, self.time_ms(facts));
        if now_ms >= expired_at_ms {
            return Err(Refusal::RosterExpired { expired_at_ms, now_ms });
        }
        Ok(roster)
    }

    /// What is to be remembered if everything else is right.
    fn check_version(&self, approval: &Approval, least_version: Option<u64>) -> Result<Versions, Refusal> {
        let found = approval.version;
        let taken = |highest| Versions { highest, version: found, release: approval.release.clone() };
        if let Some(least) = least_version.filter(|least| found < *least) {
            return Err(Refusal::RolledBack { known: least, found });
        }
        let Some(known) = self.exhibitions.get(&approval.exhibition) else {
            if self.exhibitions.len() >= EXHIBITIONS_MAX {
                return Err(Refusal::ExhibitionsFull(EXHIBITIONS_MAX));
            }
            return Ok(match approval.kind {
                ApprovalKind::Release => taken(found),
                ApprovalKind::Rollback { from_version } => taken(from_version),
            });
        };
        if known.version == found && known.release == approval.release {
            // The hub says the same again, as it does after every connection.
            return Ok(known.clone());
        }
        match approval.kind {
            ApprovalKind::Release if found > known.highest => Ok(taken(found)),
            ApprovalKind::Release if found == known.highest && known.version == found => {
                Err(Refusal::VersionReused(found))
            }
            ApprovalKind::Release => Err(Refusal::RolledBack { known: known.highest, found }),
            ApprovalKind::Rollback { from_version } if from_version < known.highest => {
                Err(Refusal::WayBackStale { from: from_version, known: known.highest })
            }
            ApprovalKind::Rollback { from_version } if found < known.version => Ok(taken(from_version)),
            // A way back leads back: an earlier one to a release between must not undo a later one.
            ApprovalKind::Rollback { from_version } => {
                Err(Refusal::WayBackStale { from: from_version, known: known.highest })
            }
        }
    }
}

pub(super) fn check_audience(groups: &BTreeSet<String>, facts: &Facts<'_>) -> Result<(), Refusal> {
    if groups.is_empty() || !groups.is_disjoint(facts.groups) {
        return Ok(());
    }
    Err(Refusal::WrongGroup { for_groups: groups.iter().cloned().collect() })
}

pub(super) fn check_manifest_expiry(manifest: &Manifest, now_ms: u64) -> Result<(), Refusal> {
    match manifest.expires_at_ms {
        Some(expired_at_ms) if now_ms >= expired_at_ms => Err(Refusal::Expired { expired_at_ms, now_ms }),
        _ => Ok(()),
    }
}

fn statement<S: Statement>(envelope: &Envelope) -> Result<S, Refusal> {
    S::of(envelope).map_err(Refusal::Statement)
}

fn check_root_keys(envelope: &Envelope, root: &Root) -> Result<(), Refusal> {
    let mut flaws = Vec::new();
    let valid = count_root_keys(envelope, root, &mut flaws);
    if valid < root.threshold {
        return Err(Refusal::RootSignatures { root_version: root.version, valid, threshold: root.threshold, flaws });
    }
    Ok(())
}

/// Every stage by somebody else, or which stage lacks somebody.
fn check_stages(envelope: &Envelope, roster: &Roster, stages: &[Role]) -> Result<Vec<(Role, String)>, Refusal> {
    let mut flaws = Vec::new();
    let people = signers(envelope, roster, &mut flaws);
    let filled = fill(stages, &people);
    let missing: Vec<Role> =
        stages.iter().zip(&filled).filter(|(_, person)| person.is_none()).map(|(stage, _)| *stage).collect();
    if missing.is_empty() {
        let named = |(stage, person): (&Role, Option<&Person>)| Some((*stage, person?.id.clone()));
        return Ok(stages.iter().zip(filled).filter_map(named).collect());
    }
    // Somebody has signed who could fill it, but was needed elsewhere.
    let somebody_could = missing.iter().all(|stage| people.iter().any(|person| person.roles.contains(stage)));
    if somebody_could && flaws.is_empty() {
        return Err(Refusal::SamePerson { missing });
    }
    Err(Refusal::StageMissing { missing, flaws })
}

/// True if `stages` has everything that `least` has, as often.
fn contains_all(stages: &[Role], least: &[Role]) -> bool {
    let count = |list: &[Role], role: Role| list.iter().filter(|other| **other == role).count();
    Role::ALL.iter().all(|role| count(stages, *role) >= count(least, *role))
}
