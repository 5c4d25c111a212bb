//! Root and roster of each site. They are signed elsewhere, by people whose keys the hub never has; the hub keeps them,
//! checks them as a device would, says who is in them and when they end, and hands them to devices that know less.
//!
//! Whoever has this hub can keep devices from newer documents, and can make none.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use pingfeng_content::{Lang, Text};
use pingfeng_release::trust::{
    AUTHORITY_ENVELOPE_BYTES_MAX, Envelope, Facts, PayloadKind, PublicKey, Refusal, Role, Root, Roster, SigningKeyOf,
    Taken, TrustState, TrustWarning,
};
use pingfeng_wire::{
    Report, TrustDocuments, TrustMode, TrustVersions, limits,
    topic::{self, DeviceTopic},
};
use semver::Version;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Hub,
    db::entity::{device, release, trust_document},
    error::{ApiError, ApiResult, bad_request, conflict, internal, not_found},
    fleet::Named,
    limits::{TRUST_BYTES_SENT_MAX, TRUST_DOCUMENTS_MAX},
    status::Why,
};

/// What the hub knows of the trust of its sites, as read from the database. The lock is held while it is read and while
/// it is changed, so that nobody puts an older state back.
#[derive(Debug, Default)]
pub struct Trusts {
    known: tokio::sync::Mutex<HashMap<String, Option<Arc<Standing>>>>,
    /// Held while signatures are added to an envelope, so that two people who sign at once both count.
    pub(crate) signing: tokio::sync::Mutex<()>,
}

/// Root and roster of a site, checked as a device checks them.
#[derive(Debug)]
pub(crate) struct Standing {
    /// What a device that has taken everything trusts. It has never seen a release.
    pub(crate) state: TrustState,
    /// Versions and envelopes, oldest first.
    roots: Vec<(u64, String)>,
    /// Fingerprint of the first root.
    first_fingerprint: String,
    /// The envelope of the roster that is in force.
    roster: Option<String>,
}

impl Standing {
    /// `None`: the site has no root.
    fn replay(documents: &[trust_document::Model]) -> ApiResult<Option<Self>> {
        let damaged = |refusal: Refusal| internal(format!("a stored document of trust is refused: {refusal}"));
        let of = |kind: &'static str| documents.iter().filter(move |document| document.kind == kind);
        let mut roots = of("root");
        let Some(first) = roots.next() else { return Ok(None) };
        let mut state = TrustState::new(first.envelope.as_bytes()).map_err(damaged)?;
        let first_fingerprint = state.fingerprint();
        let mut chain = vec![(state.root().version, first.envelope.clone())];
        for root in roots {
            state.take_root(root.envelope.as_bytes()).map_err(damaged)?;
            chain.push((state.root().version, root.envelope.clone()));
        }
        // Only the last one can be in force, and not if a later root has dropped it. At no time at all: what has
        // expired since is known to be so, and what it says is still shown.
        let roster = of("roster").last().map(|document| &document.envelope);
        let roster = roster.filter(|envelope| with_facts(0, |facts| state.take_roster(envelope.as_bytes(), facts)).is_ok());
        Ok(Some(Self { roster: roster.cloned(), state, roots: chain, first_fingerprint }))
    }

    pub(crate) fn versions(&self) -> TrustVersions {
        TrustVersions {
            root: self.state.root().version,
            roster: self.state.roster().map_or(0, |roster| roster.version),
        }
    }
}

/// Asks with the facts of a device that can show everything and belongs to no group.
pub(crate) fn with_facts<T>(now_ms: i64, ask: impl FnOnce(&Facts<'_>) -> T) -> T {
    in_groups(now_ms, &BTreeSet::new(), ask)
}

/// Asks with the facts of a device of these groups. Which program it has is its own business: it says so itself.
pub(crate) fn in_groups<T>(now_ms: i64, groups: &BTreeSet<String>, ask: impl FnOnce(&Facts<'_>) -> T) -> T {
    let runtime = Version::new(u64::MAX, 0, 0);
    // The hub's clock is set by its operator; a time before 1970 counts as 1970.
    let now_ms = u64::try_from(now_ms).unwrap_or(0);
    ask(&Facts { groups, runtime: &runtime, now_ms, clock_trusted: true })
}

/// A refusal in the words of both languages.
pub(crate) fn why(refusal: &Refusal) -> Why {
    said(refusal.code(), &refusal.text())
}

fn said(code: &str, text: &Text) -> Why {
    Why { code: code.to_owned(), zh: text.get(Lang::ZhCn).to_owned(), en: text.get(Lang::En).to_owned() }
}

/// A refusal as an answer: the device would say the same.
pub(crate) fn refused(refusal: &Refusal) -> ApiError {
    let why = why(refusal);
    bad_request(&why.code, why.en).hint(why.zh)
}

/// Root and roster of a site, for people.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SiteTrust {
    /// The site.
    pub site: Named,
    /// The root in force; none: nobody signs here, and devices that ask for signatures show nothing new.
    pub root: Option<RootView>,
    /// The roster in force.
    pub roster: Option<RosterView>,
    /// What somebody should see to.
    pub warnings: Vec<Why>,
    /// Every root and roster, newest first.
    pub history: Vec<TrustDocument>,
    /// Devices of the site and what they know.
    pub devices: Vec<DeviceTrust>,
}

/// A root.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RootView {
    /// Version.
    pub version: u64,
    /// Of this version: 32 hex digits.
    pub fingerprint: String,
    /// Of the first version: what whoever enrols a device compares.
    pub first_fingerprint: String,
    /// After this moment nothing new is believed.
    pub expires_at_ms: u64,
    /// How many keys sign.
    pub threshold: usize,
    /// The keys.
    pub keys: Vec<KeyView>,
}

/// Who may do what.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RosterView {
    /// Version.
    pub version: u64,
    /// When it was written.
    pub created_at_ms: u64,
    /// After this moment nothing new is believed.
    pub expires_at_ms: u64,
    /// People.
    pub people: Vec<PersonView>,
    /// Classes of content and the stages that each asks for.
    pub classes: Vec<ClassView>,
    /// Rules for single exhibitions; `*` is for all others.
    pub exhibitions: Vec<PinView>,
}

/// Somebody in the roster.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PersonView {
    /// As in the roster.
    pub id: String,
    /// `author`, `first_review`, `second_review`, `final_review`, `duty_officer`, `operator`.
    pub roles: Vec<String>,
    /// Keys.
    pub keys: Vec<KeyView>,
}

/// A key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KeyView {
    /// What names it in envelopes: 32 hex digits.
    pub id: String,
    /// `file` or `passkey`.
    pub kind: String,
    /// The public key, as text.
    pub key: String,
    /// Of a passkey: the host name that it was made for.
    pub rp_id: Option<String>,
    /// Of a passkey: its credential id, base64url.
    pub credential: Option<String>,
}

/// A class of content.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ClassView {
    /// Id.
    pub id: String,
    /// Roles that have to sign, each by somebody else.
    pub stages: Vec<String>,
}

/// What holds for an exhibition, whatever its author writes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PinView {
    /// Exhibition, or `*`.
    pub exhibition: String,
    /// At least the stages of this class.
    pub class: Option<String>,
    /// Older versions are refused.
    pub least_version: Option<u64>,
}

/// A root or roster as it was taken.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TrustDocument {
    /// Id; `GET …/trust/{id}` gives the envelope.
    pub id: String,
    /// `root` or `roster`.
    pub kind: String,
    /// Its version.
    pub version: i64,
    /// When it was taken.
    pub added_at_ms: i64,
    /// Who brought it.
    pub added_by: String,
}

/// What a device knows, by its own report.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeviceTrust {
    /// Device id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `signed`, `hub`, `no_root`, `damaged`; none: it has not said.
    pub mode: Option<String>,
    /// Version of the root that it has; 0: none.
    pub root: u64,
    /// Version of the roster that it has; 0: none.
    pub roster: u64,
    /// Codes of what it warns of.
    pub warnings: Vec<String>,
    /// When it said so, hub clock.
    pub report_at_ms: Option<i64>,
}

/// What goes into a device's target besides its release.
#[derive(Debug, Default)]
pub(crate) struct TrustOfTarget {
    /// Signatures for the release: an envelope.
    pub(crate) approval: Option<String>,
    /// A notice: an envelope.
    pub(crate) notice: Option<String>,
    /// What the hub has of the site's documents.
    pub(crate) trust: Option<TrustVersions>,
}

impl Hub {
    /// What was signed for this device. The hub only passes it on; the device checks it.
    pub(crate) async fn trust_of_target(
        &self,
        device: &device::Model,
        release: Option<&release::Model>,
    ) -> ApiResult<TrustOfTarget> {
        let standing = self.standing(&device.site_id).await?;
        Ok(TrustOfTarget {
            approval: match release {
                Some(release) => self.approval_for(device, release).await?,
                None => None,
            },
            notice: self.notice_for(device).await?,
            trust: standing.map(|standing| standing.versions()),
        })
    }

    /// Root and roster of a site; none: it has no root.
    pub(crate) async fn standing(&self, site: &str) -> ApiResult<Option<Arc<Standing>>> {
        let mut known = self.trust.known.lock().await;
        if let Some(standing) = known.get(site) {
            return Ok(standing.clone());
        }
        let standing = Standing::replay(&self.db.trust_documents(site).await?)?.map(Arc::new);
        known.insert(site.to_owned(), standing.clone());
        Ok(standing)
    }

    /// Envelopes of a site's roots for a device that is being enrolled, oldest first. It asks for what is left out.
    pub(crate) async fn roots_for_enrolment(&self, site: &str) -> ApiResult<Vec<String>> {
        let Some(standing) = self.standing(site).await? else { return Ok(Vec::new()) };
        // The answer to an enrolment is small: a device reads no more than 64 KiB of it.
        let mut left_bytes = 32 * 1024_usize;
        let fits = |envelope: &&String| {
            left_bytes = left_bytes.saturating_sub(envelope.len());
            left_bytes > 0
        };
        Ok(standing.roots.iter().map(|(_, envelope)| envelope).take(limits::ROOTS_MAX).take_while(fits).cloned().collect())
    }

    /// Answers a device that knows less than the hub has.
    pub(crate) async fn send_trust(&self, device: &str, knows: TrustVersions) -> ApiResult<()> {
        let Some(row) = self.db.device(device).await? else { return Ok(()) };
        let Some(standing) = self.standing(&row.site_id).await? else { return Ok(()) };
        let documents = documents_for(&standing.roots, standing.roster.as_ref(), standing.versions(), knows);
        self.send_json(topic::device(device, DeviceTopic::Trust), &documents, false, Some(60)).await;
        Ok(())
    }

    /// Root and roster of a site.
    pub async fn get_site_trust(&self, site: &str) -> ApiResult<SiteTrust> {
        let row = self.db.site(site).await?.ok_or_else(|| not_found("site", site))?;
        let standing = self.standing(site).await?;
        let history = self.db.trust_documents(site).await?;
        let devices: Vec<_> = self.db.devices().await?.into_iter().filter(|device| device.site_id == site).collect();
        let mut warnings = Vec::new();
        match &standing {
            Some(standing) => {
                let now_ms = u64::try_from(self.now_ms()).unwrap_or(0);
                warnings.extend(standing.state.warnings(now_ms).into_iter().map(|warning| warning_words(warning, standing)));
            }
            None => warnings.push(Why {
                code: "no_root".into(),
                zh: "本场馆没有根密钥和名册：发布只凭中枢，谁掌握中枢谁就能改屏幕内容；只有明确设为「听中枢」的终端会显示新内容".into(),
                en: "This site has no root and no roster: publishing rests on the hub alone, so whoever has the hub has the screens; only devices set to take the hub's word show anything new".into(),
            }),
        }
        Ok(SiteTrust {
            site: Named { id: row.id, name: row.name },
            root: standing.as_ref().map(|standing| root_view(standing)),
            roster: standing.as_ref().and_then(|standing| standing.state.roster()).map(roster_view),
            warnings,
            history: history
                .into_iter()
                .rev()
                .map(|document| TrustDocument {
                    id: document.id,
                    kind: document.kind,
                    version: document.version,
                    added_at_ms: document.added_at_ms,
                    added_by: document.added_by,
                })
                .collect(),
            devices: devices.iter().map(device_trust).collect(),
        })
    }

    /// The envelope of a root or roster, as it was brought.
    pub async fn get_trust_document(&self, site: &str, id: &str) -> ApiResult<String> {
        let found = self.db.trust_document(site, id).await?;
        Ok(found.ok_or_else(|| not_found("document", id))?.envelope)
    }

    /// Takes a root or roster that was signed elsewhere, if a device would take it as well. Devices of the site are told.
    pub async fn add_trust_document(&self, site: &str, envelope: &str, by: &str) -> ApiResult<SiteTrust> {
        self.db.site(site).await?.ok_or_else(|| not_found("site", site))?;
        let envelope = envelope.trim();
        let kind = authority_kind(envelope)?;
        {
            let mut known = self.trust.known.lock().await;
            let documents = self.db.trust_documents(site).await?;
            if documents.len() >= TRUST_DOCUMENTS_MAX {
                return Err(conflict("documents_full", format!("this site has {TRUST_DOCUMENTS_MAX} documents")));
            }
            let standing = Standing::replay(&documents)?;
            let version = check_document(kind, envelope, site, standing, self.now_ms())?;
            let now_ms = self.now_ms();
            self.db
                .insert_trust_document(trust_document::Model {
                    id: crate::new_id(now_ms),
                    site_id: site.to_owned(),
                    seq: documents.last().map_or(1, |last| last.seq + 1),
                    kind: if kind == PayloadKind::Root { "root" } else { "roster" }.to_owned(),
                    version: i64::try_from(version).unwrap_or(i64::MAX),
                    envelope: envelope.to_owned(),
                    added_at_ms: now_ms,
                    added_by: by.to_owned(),
                })
                .await?;
            known.remove(site);
        }
        self.state_site_again(site).await?;
        let view = self.get_site_trust(site).await?;
        self.live.tell("trust", &view.site);
        Ok(view)
    }

    /// Forgets the roots and rosters of a site. Devices that know them keep them: this is for a document that should
    /// never have been brought here, and for a site that begins anew with other keys.
    pub async fn delete_site_trust(&self, site: &str) -> ApiResult<SiteTrust> {
        {
            let mut known = self.trust.known.lock().await;
            if self.db.delete_trust_documents(site).await? == 0 {
                return Err(not_found("root of site", site));
            }
            known.remove(site);
        }
        self.state_site_again(site).await?;
        let view = self.get_site_trust(site).await?;
        self.live.tell("trust", &view.site);
        Ok(view)
    }

    /// What devices of a site are told besides their release has changed: each is told under its next revision.
    pub(crate) async fn state_site_again(&self, site: &str) -> ApiResult<()> {
        let devices = self.db.devices().await?.into_iter().filter(|device| device.site_id == site);
        self.state_again(devices.map(|device| device.id).collect()).await
    }
}

/// What a device lacks, as far as it fits into one message; it asks again for the rest.
fn documents_for(
    roots: &[(u64, String)],
    roster: Option<&String>,
    has: TrustVersions,
    knows: TrustVersions,
) -> TrustDocuments {
    let lacking: Vec<_> = roots.iter().filter(|(version, _)| *version > knows.root).collect();
    let mut left_bytes = TRUST_BYTES_SENT_MAX;
    let mut sent = Vec::new();
    for (_, envelope) in lacking.iter().take(limits::ROOTS_MAX) {
        // In JSON every quotation mark of the envelope takes a second byte.
        let size_bytes = envelope.len() + envelope.matches('"').count();
        if size_bytes > left_bytes {
            break;
        }
        left_bytes -= size_bytes;
        sent.push(envelope.clone());
    }
    // A roster can be checked by the newest root only.
    let roster = roster.filter(|envelope| {
        sent.len() == lacking.len()
            && (has.roster != knows.roster || !sent.is_empty())
            && envelope.len() + envelope.matches('"').count() <= left_bytes
    });
    TrustDocuments { v: pingfeng_wire::VERSION, roots: sent, roster: roster.cloned() }
}

/// Root or roster; anything else is brought elsewhere.
fn authority_kind(envelope: &str) -> ApiResult<PayloadKind> {
    if envelope.len() > AUTHORITY_ENVELOPE_BYTES_MAX {
        let message = format!("a root or roster has at most {AUTHORITY_ENVELOPE_BYTES_MAX} bytes");
        return Err(bad_request("envelope_too_large", message).at("envelope"));
    }
    let read: Envelope = serde_json::from_str(envelope).map_err(|error| {
        bad_request("envelope_malformed", format!("this is no signed root or roster: {error}"))
            .at("envelope")
            .hint("这不是签名过的根密钥或名册文件：请选择 `pingfengctl root sign` 或 `pingfengctl roster sign` 生成的文件")
    })?;
    match read.kind() {
        kind @ (PayloadKind::Root | PayloadKind::Roster) => Ok(kind),
        PayloadKind::Approval | PayloadKind::Notice => Err(bad_request(
            "envelope_type",
            "this is an approval or a notice; bring it on the page of its release, or of notices",
        )
        .at("envelope")
        .hint("这是版本或通知的签名：请到对应版本或通知的页面上传")),
    }
}

/// Its version, if a device of the site would take it.
fn check_document(
    kind: PayloadKind,
    envelope: &str,
    site: &str,
    standing: Option<Standing>,
    now_ms: i64,
) -> ApiResult<u64> {
    let bytes = envelope.as_bytes();
    let refused = |refusal: Refusal| refused(&refusal).at("envelope");
    let taken = match (kind, standing) {
        (PayloadKind::Root, None) => {
            let state = TrustState::new(bytes).map_err(refused)?;
            let root = state.root();
            if root.site != site {
                return Err(refused(Refusal::WrongSite { expected: site.to_owned(), found: root.site.clone() }));
            }
            // Devices that were enrolled with the first need every step from there.
            if root.version != 1 {
                return Err(refused(Refusal::RootGap { needed: 1, found: root.version }));
            }
            return Ok(1);
        }
        (PayloadKind::Root, Some(mut standing)) => {
            let taken = standing.state.take_root(bytes).map_err(refused)?;
            (taken, standing.state.root().version)
        }
        (_, None) => {
            return Err(conflict("no_root", "this site has no root yet; bring its first root before the roster")
                .hint("本场馆还没有根密钥：请先上传第 1 版根密钥，再上传名册"));
        }
        (_, Some(mut standing)) => {
            let taken = with_facts(now_ms, |facts| standing.state.take_roster(bytes, facts)).map_err(refused)?;
            (taken, standing.versions().roster)
        }
    };
    match taken {
        (Taken::New, version) => Ok(version),
        (Taken::Same, _) => Err(conflict("same_document", "this one is in force already").hint("这一份已经在用，无需再传")),
    }
}

/// The id of a role, as in the roster.
pub(crate) fn role_id(role: Role) -> &'static str {
    match role {
        Role::Author => "author",
        Role::FirstReview => "first_review",
        Role::SecondReview => "second_review",
        Role::FinalReview => "final_review",
        Role::DutyOfficer => "duty_officer",
        Role::Operator => "operator",
    }
}

pub(crate) fn key_view(key: &SigningKeyOf) -> KeyView {
    let kind = match key.key {
        PublicKey::Ed25519(_) => "file",
        PublicKey::Es256(_) => "passkey",
    };
    KeyView {
        id: key.key.id().0,
        kind: kind.to_owned(),
        key: key.key.to_string(),
        rp_id: key.rp_id.clone(),
        credential: key.credential.clone(),
    }
}

fn root_view(standing: &Standing) -> RootView {
    let Root { version, expires_at_ms, keys, threshold, .. } = standing.state.root();
    RootView {
        version: *version,
        fingerprint: standing.state.fingerprint(),
        first_fingerprint: standing.first_fingerprint.clone(),
        expires_at_ms: *expires_at_ms,
        threshold: *threshold,
        keys: keys.iter().map(|key| key_view(&SigningKeyOf::file(*key))).collect(),
    }
}

fn roster_view(roster: &Roster) -> RosterView {
    let roles = |roles: &mut dyn Iterator<Item = &Role>| roles.map(|role| role_id(*role).to_owned()).collect();
    RosterView {
        version: roster.version,
        created_at_ms: roster.created_at_ms,
        expires_at_ms: roster.expires_at_ms,
        people: roster
            .people
            .iter()
            .map(|person| PersonView {
                id: person.id.clone(),
                roles: roles(&mut person.roles.iter()),
                keys: person.keys.iter().map(key_view).collect(),
            })
            .collect(),
        classes: roster
            .classes
            .iter()
            .map(|(id, stages)| ClassView { id: id.clone(), stages: roles(&mut stages.iter()) })
            .collect(),
        exhibitions: roster
            .exhibitions
            .iter()
            .map(|(exhibition, pin)| PinView {
                exhibition: exhibition.clone(),
                class: pin.class.clone(),
                least_version: pin.least_version,
            })
            .collect(),
    }
}

fn device_trust(row: &device::Model) -> DeviceTrust {
    let report = row.report_json.as_deref().and_then(|json| serde_json::from_str::<Report>(json).ok());
    let trust = report.map(|report| report.trust);
    let mode = trust.as_ref().map(|trust| match trust.mode {
        TrustMode::Signed => "signed",
        TrustMode::Hub => "hub",
        TrustMode::NoRoot => "no_root",
        TrustMode::Damaged => "damaged",
    });
    let trust = trust.clone().unwrap_or_default();
    DeviceTrust {
        id: row.id.clone(),
        name: row.name.clone(),
        mode: mode.map(str::to_owned),
        root: trust.versions.root,
        roster: trust.versions.roster,
        warnings: trust.warnings,
        report_at_ms: row.report_at_ms,
    }
}

fn warning_words(warning: TrustWarning, standing: &Standing) -> Why {
    let day = |at_ms: u64| {
        let at = i64::try_from(at_ms).ok().and_then(|at_ms| jiff::Timestamp::from_millisecond(at_ms).ok());
        at.unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
    };
    let root_ends = day(standing.state.root().expires_at_ms);
    let roster_ends = standing.state.roster().map(|roster| day(roster.expires_at_ms)).unwrap_or_default();
    let (zh, en) = match warning {
        TrustWarning::NoRoster => (
            "没有名册：终端不接受任何新内容。请根密钥持有人签署名册后上传".to_owned(),
            "There is no roster: devices take nothing new. Have the keepers of the root sign one and bring it here".to_owned(),
        ),
        TrustWarning::RootExpired => (
            format!("根密钥已于 {root_ends} 到期：终端保持现有画面，不接受新内容。请根密钥持有人签署新版"),
            format!("The root expired on {root_ends}: devices keep what they show and take nothing new. Have its keepers sign the next one"),
        ),
        TrustWarning::RootExpiresSoon => (
            format!("根密钥将于 {root_ends} 到期：请在此之前签署新版"),
            format!("The root expires on {root_ends}: have the next one signed before"),
        ),
        TrustWarning::RosterExpired => (
            format!("名册已于 {roster_ends} 到期：终端保持现有画面，不接受新内容。请根密钥持有人签署新名册"),
            format!("The roster expired on {roster_ends}: devices keep what they show and take nothing new. Have the keepers of the root sign the next one"),
        ),
        TrustWarning::RosterExpiresSoon => (
            format!("名册将于 {roster_ends} 到期：请在此之前签署新名册"),
            format!("The roster expires on {roster_ends}: have the next one signed before"),
        ),
        TrustWarning::ClockBehind => (
            "中枢的时钟比名册签署的时间早：请校时".to_owned(),
            "The hub's clock is behind the time at which the roster was signed: set it".to_owned(),
        ),
    };
    Why { code: warning.code().to_owned(), zh, en }
}

/// A part of an assertion as browsers hand it out: base64url.
pub(crate) fn from_base64url(field: &str, text: &str) -> ApiResult<Vec<u8>> {
    URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .map_err(|_| bad_request("invalid_body", format!("`{field}` is not base64url")).at(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSIONS: TrustVersions = TrustVersions { root: 12, roster: 4 };

    fn roots(count: u64, bytes: usize) -> Vec<(u64, String)> {
        (1..=count).map(|version| (version, "r".repeat(bytes))).collect()
    }

    #[test]
    fn a_device_is_sent_what_it_lacks_in_steps_and_the_roster_last() {
        let roster = "roster".to_owned();
        let sent = |root, roster_known| {
            let knows = TrustVersions { root, roster: roster_known };
            let documents = documents_for(&roots(12, 100), Some(&roster), VERSIONS, knows);
            (documents.roots.len(), documents.roster.is_some())
        };
        assert_eq!(sent(12, 4), (0, false));
        assert_eq!(sent(12, 3), (0, true));
        assert_eq!(sent(11, 4), (1, true), "a new root may have dropped the roster that was known");
        assert_eq!(sent(4, 0), (8, true));
        assert_eq!(sent(3, 0), (8, false), "the newest root, which the roster is checked by, comes with the next");
    }

    #[test]
    fn documents_never_fill_more_than_a_packet() {
        let roster = "\"".repeat(200 * 1024);
        let documents =
            documents_for(&roots(12, 200 * 1024), Some(&roster), VERSIONS, TrustVersions { root: 10, roster: 0 });
        assert_eq!((documents.roots.len(), documents.roster), (2, None));
        let size = serde_json::to_vec(&documents_for(&roots(12, 200 * 1024), None, VERSIONS, TrustVersions::default()));
        assert!(size.unwrap().len() < limits::PACKET_BYTES_MAX - 4096);
    }
}
