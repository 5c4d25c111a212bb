//! Review of releases: what is to be signed, by whom, and who has. The hub collects signatures that people make with keys
//! of their own – a passkey in their browser, or a key file somewhere else – and checks each as a device would.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use pingfeng_content::Lang;
use pingfeng_release::trust::{
    Approval, ApprovalKind, Envelope, PayloadKind, PublicKey, Refusal, Review, Role, Roster, Signature, SigningKeyOf,
    Statement, TrustState,
};
use pingfeng_release::store::{MANIFEST_BYTES_MAX, accept_manifest};
use pingfeng_release::{BlobHash, Manifest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Hub,
    db::entity::{approval, device, release},
    error::{ApiResult, bad_request, conflict, internal, not_found},
    fleet::{Named, ReleaseName, name_of},
    status::Why,
    trust::{Standing, from_base64url, in_groups, key_view, refused, role_id, why},
};

/// A release and what its review has come to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReleaseReview {
    /// The release; its id is the BLAKE3 of the manifest, which is what people sign for.
    pub release: ReleaseName,
    /// Class of content, which decides who has to sign.
    pub class: String,
    /// Groups that may show it; empty: all.
    pub groups: Vec<String>,
    /// Not to be taken up from this moment on.
    pub expires_at_ms: Option<u64>,
    /// The oldest program that shows it.
    pub min_runtime: String,
    /// Every site that has screens or a root.
    pub sites: Vec<SiteReview>,
}

/// The review of a release for one site.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SiteReview {
    /// The site.
    pub site: Named,
    /// The site has a root: its devices want signatures.
    pub signed: bool,
    /// Version of the roster; none: there is none, and nothing can be approved.
    pub roster: Option<u64>,
    /// To show it as something newer. None where nobody signs.
    pub forward: Option<StatementReview>,
    /// To go back to it, once something newer was built.
    pub back: Option<StatementReview>,
}

/// A statement about a release, and who has signed it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StatementReview {
    /// Of a way back: the highest version that was built when it was written.
    pub from_version: Option<u64>,
    /// The statement itself, JSON.
    pub statement: String,
    /// What a passkey signs, base64url: SHA-256 over the statement and its type.
    pub challenge: String,
    /// The stages in the roster's order.
    pub stages: Vec<StageView>,
    /// Signatures so far.
    pub signatures: Vec<SignatureView>,
    /// Devices would take it.
    pub complete: bool,
    /// Why they would not, yet.
    pub refusal: Option<Why>,
    /// Passkeys of people who may sign a stage.
    pub passkeys: Vec<PasskeyView>,
}

/// A stage of review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StageView {
    /// `first_review`, `second_review`, `final_review` or `duty_officer`.
    pub role: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Who counts for it; none: nobody yet.
    pub person: Option<String>,
}

/// A signature in an envelope.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignatureView {
    /// The key that it claims.
    pub key: String,
    /// Whose key that is; none: nobody's in the roster (any more).
    pub person: Option<String>,
    /// It is by that key, over this statement.
    pub good: bool,
    /// Why it is not: a code.
    pub flaw: Option<String>,
}

/// A passkey that may sign.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PasskeyView {
    /// Whose.
    pub person: String,
    /// What names it in envelopes.
    pub key: String,
    /// Credential id, base64url.
    pub credential: String,
    /// The host name that it was made for.
    pub rp_id: String,
}

/// What a browser's `navigator.credentials.get` returned. Everything base64url.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assertion {
    /// `rawId`.
    pub credential: String,
    /// `response.authenticatorData`.
    pub authenticator_data: String,
    /// `response.clientDataJSON`.
    pub client_data: String,
    /// `response.signature`.
    pub signature: String,
}

/// Which statement: forward, or back from a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As something newer.
    Forward,
    /// Back to it.
    Back {
        /// See [`ApprovalKind::Rollback`].
        from_version: u64,
    },
}

impl Way {
    fn kind(self) -> ApprovalKind {
        match self {
            Self::Forward => ApprovalKind::Release,
            Self::Back { from_version } => ApprovalKind::Rollback { from_version },
        }
    }

    /// As the table has it.
    fn column(self) -> i64 {
        match self {
            Self::Forward => 0,
            Self::Back { from_version } => i64::try_from(from_version).unwrap_or(i64::MAX),
        }
    }

    fn of_column(from_version: i64) -> Self {
        match u64::try_from(from_version) {
            Ok(from_version) if from_version > 0 => Self::Back { from_version },
            _ => Self::Forward,
        }
    }
}

impl Hub {
    /// The manifest of a release and its bytes.
    pub(crate) async fn manifest_of(&self, release: &release::Model) -> ApiResult<(Manifest, Vec<u8>)> {
        let bytes = self.blobs.read(&release.id, 0, MANIFEST_BYTES_MAX).await.map_err(internal)?.to_vec();
        if BlobHash::of(&bytes).0 != release.id {
            return Err(internal(format!("the manifest of release {} is damaged", release.id)));
        }
        let manifest = accept_manifest(&bytes).map_err(internal)?;
        Ok((manifest, bytes))
    }

    /// What the review of a release has come to, for every site.
    pub async fn get_review(&self, id: &str) -> ApiResult<ReleaseReview> {
        let release = self.db.release(id).await?.ok_or_else(|| not_found("release", id))?;
        let (manifest, bytes) = self.manifest_of(&release).await?;
        let with_devices: BTreeSet<_> = self.db.devices().await?.into_iter().map(|device| device.site_id).collect();
        let newest = self.newest_version(&release).await?;
        let mut sites = Vec::new();
        for site in self.db.sites().await? {
            let standing = self.standing(&site.id).await?;
            if standing.is_none() && !with_devices.contains(&site.id) {
                continue;
            }
            let mut view = SiteReview {
                site: Named { id: site.id.clone(), name: site.name },
                signed: standing.is_some(),
                roster: standing.as_ref().and_then(|standing| standing.state.roster()).map(|roster| roster.version),
                forward: None,
                back: None,
            };
            if let Some(standing) = standing {
                let rows = self.db.approvals(id, &site.id).await?;
                let look = |way: Way| -> ApiResult<StatementReview> {
                    let envelope = envelope_of(&rows, way, &site.id, id, &manifest)?;
                    Ok(statement_review(way, &envelope, &standing, &manifest, &bytes, self.now_ms()))
                };
                view.forward = Some(look(Way::Forward)?);
                if newest > manifest.version {
                    view.back = Some(look(Way::Back { from_version: newest })?);
                }
            }
            sites.push(view);
        }
        Ok(ReleaseReview {
            release: name_of(&release),
            class: manifest.class,
            groups: manifest.groups.into_iter().collect(),
            expires_at_ms: manifest.expires_at_ms,
            min_runtime: manifest.min_runtime,
            sites,
        })
    }

    /// The statement of a release for a site with the signatures so far: what `pingfengctl approve` adds to.
    pub async fn get_approval(&self, id: &str, site: &str, back: bool) -> ApiResult<Vec<u8>> {
        let release = self.db.release(id).await?.ok_or_else(|| not_found("release", id))?;
        self.standing_for_signing(site).await?;
        let (manifest, _) = self.manifest_of(&release).await?;
        let way = self.way(&release, back).await?;
        let rows = self.db.approvals(id, site).await?;
        Ok(envelope_of(&rows, way, site, id, &manifest)?.to_bytes())
    }

    /// Adds what a passkey has signed in somebody's browser.
    pub async fn add_assertion(&self, id: &str, site: &str, back: bool, assertion: &Assertion) -> ApiResult<String> {
        let release = self.db.release(id).await?.ok_or_else(|| not_found("release", id))?;
        let standing = self.standing_for_signing(site).await?;
        let roster = standing.state.roster().ok_or_else(|| refused(&Refusal::NoRoster))?;
        let signature = signature_of(roster, assertion)?;
        let (manifest, _) = self.manifest_of(&release).await?;
        let way = self.way(&release, back).await?;
        let stages = stages_of(roster, &manifest)?;
        self.add_signatures(&release, &manifest, site, way, &standing, &stages, vec![signature]).await
    }

    /// Adds the signatures of an envelope that was signed elsewhere. It says itself which statement it is of. Returns
    /// the ids of those who have signed.
    pub async fn add_approval(&self, id: &str, envelope: &str) -> ApiResult<String> {
        let release = self.db.release(id).await?.ok_or_else(|| not_found("release", id))?;
        let envelope = Envelope::parse(envelope.trim().as_bytes(), PayloadKind::Approval)
            .map_err(|error| refused(&error.into()).at("envelope"))?;
        let statement =
            Approval::of(&envelope).map_err(|reason| refused(&Refusal::Statement(reason)).at("envelope"))?;
        let (manifest, _) = self.manifest_of(&release).await?;
        let way = match statement.kind {
            ApprovalKind::Release => Way::Forward,
            ApprovalKind::Rollback { from_version } => Way::Back { from_version },
        };
        let ours = Approval::new(&statement.site, &BlobHash(id.to_owned()), &manifest, way.kind());
        if let Some(field) = differs(&statement, &ours) {
            return Err(refused(&Refusal::Mixed { field }).at("envelope"));
        }
        if envelope.payload() != ours.envelope().payload() {
            return Err(bad_request("statement_invalid", "the statement is written in another form than this program's")
                .hint("声明的写法与本程序不同：请用同版本的 `pingfengctl` 重新签名")
                .at("envelope"));
        }
        let site = statement.site;
        let standing = self.standing_for_signing(&site).await?;
        let roster = standing.state.roster().ok_or_else(|| refused(&Refusal::NoRoster))?;
        let stages = stages_of(roster, &manifest)?;
        let signatures = envelope.signatures().to_vec();
        self.add_signatures(&release, &manifest, &site, way, &standing, &stages, signatures).await
    }

    #[expect(clippy::too_many_arguments, reason = "what a signature is of, and what it is checked against")]
    async fn add_signatures(
        &self,
        release: &release::Model,
        manifest: &Manifest,
        site: &str,
        way: Way,
        standing: &Standing,
        stages: &[Role],
        signatures: Vec<Signature>,
    ) -> ApiResult<String> {
        let roster = standing.state.roster().ok_or_else(|| refused(&Refusal::NoRoster))?;
        let _turn = self.trust.signing.lock().await;
        let rows = self.db.approvals(&release.id, site).await?;
        let mut envelope = envelope_of(&rows, way, site, &release.id, manifest)?;
        let mut people = BTreeSet::new();
        for signature in signatures {
            // A file may carry everybody's; those that are here already are no news.
            if envelope.signatures().contains(&signature) {
                continue;
            }
            people.insert(check_signature(&envelope, roster, stages, &signature)?);
            if !envelope.add(signature) {
                return Err(conflict("signatures_full", "this statement has as many signatures as it can carry"));
            }
        }
        if people.is_empty() {
            return Err(conflict("same_signature", "there is no signature in it that is not here already")
                .hint("其中的签名都已在此，无需再传"));
        }
        self.db
            .store_approval(approval::Model {
                release_id: release.id.clone(),
                site_id: site.to_owned(),
                from_version: way.column(),
                envelope: String::from_utf8_lossy(&envelope.to_bytes()).into_owned(),
                changed_at_ms: self.now_ms(),
            })
            .await?;
        // Whoever was told the release before it was signed has refused it.
        let told = self.db.devices().await?.into_iter().any(|device| {
            device.site_id == site && device.target_release_id.as_deref() == Some(release.id.as_str())
        });
        if told {
            self.state_site_again(site).await?;
        }
        self.live.tell("review", &name_of(release));
        Ok(people.into_iter().collect::<Vec<_>>().join(", "))
    }

    /// Refuses to publish what devices would refuse for want of signatures, and names what is missing. Devices would
    /// refuse it as well: this only says so before they do.
    pub async fn check_signed(&self, release: &release::Model, groups: &[String]) -> ApiResult<()> {
        let devices = self.db.devices().await?;
        let mut manifest = None;
        let mut asked = BTreeSet::new();
        for device in devices.iter().filter(|device| groups.contains(&device.group_id)) {
            let Some(standing) = self.standing(&device.site_id).await? else { continue };
            let rows = self.db.approvals(&release.id, &device.site_id).await?;
            let way = way_of(running_version(device, &release.exhibition_id), release.version, &rows);
            if !asked.insert((&device.site_id, &device.group_id, way.column() > 0)) {
                continue;
            }
            let (read, bytes) = match &manifest {
                Some(known) => known,
                None => manifest.insert(self.manifest_of(release).await?),
            };
            let way = match way {
                // A way back that was signed when less had been built is of no use any more.
                Way::Back { .. } => Way::Back { from_version: self.newest_version(release).await? },
                Way::Forward => Way::Forward,
            };
            let envelope = envelope_of(&rows, way, &device.site_id, &release.id, read)?;
            let groups = BTreeSet::from([device.group_id.clone()]);
            if let Err(refusal) = accept(&standing.state, &envelope, bytes, &groups, self.now_ms()) {
                let why = why(&refusal);
                let back = matches!(way, Way::Back { .. });
                let (zh, en) = if back { ("退回到此版", "going back to this release") } else { ("此版", "this release") };
                return Err(conflict(
                    "not_signed",
                    format!("screens of `{}` would refuse {en}: {}", device.site_id, why.en),
                )
                .hint(format!("场馆 `{}` 的终端不会接受{zh}：{}", device.site_id, why.zh))
                .at(if back { "review.back" } else { "review.forward" }));
            }
        }
        Ok(())
    }

    /// The signatures that go along with a release to a device.
    pub(crate) async fn approval_for(
        &self,
        device: &device::Model,
        release: &release::Model,
    ) -> ApiResult<Option<String>> {
        let rows = self.db.approvals(&release.id, &device.site_id).await?;
        let way = way_of(running_version(device, &release.exhibition_id), release.version, &rows);
        Ok(rows.into_iter().find(|row| row.from_version == way.column()).map(|row| row.envelope))
    }

    /// The statement that people are asked to sign now.
    async fn way(&self, release: &release::Model, back: bool) -> ApiResult<Way> {
        if !back {
            return Ok(Way::Forward);
        }
        let from_version = self.newest_version(release).await?;
        if from_version <= u64::try_from(release.version).unwrap_or(0) {
            return Err(conflict("nothing_newer", "there is no newer release to go back from")
                .hint("没有更新的版本，无须退回"));
        }
        Ok(Way::Back { from_version })
    }

    /// The highest version of the exhibition that was built here.
    async fn newest_version(&self, release: &release::Model) -> ApiResult<u64> {
        let releases = self.db.releases(Some(&release.exhibition_id), crate::limits::ROWS_MAX).await?;
        let newest = releases.iter().map(|release| release.version).max().unwrap_or(release.version);
        Ok(u64::try_from(newest).unwrap_or(0))
    }

    async fn standing_for_signing(&self, site: &str) -> ApiResult<std::sync::Arc<Standing>> {
        self.db.site(site).await?.ok_or_else(|| not_found("site", site))?;
        let standing = self.standing(site).await?;
        standing.ok_or_else(|| {
            conflict("no_root", "this site has no root: there is nobody whose signature would count")
                .hint("本场馆没有根密钥和名册：还没有谁的签名有效")
        })
    }
}

/// Forward or back, by what the device shows. `rows`: oldest way back first.
fn way_of(running: Option<u64>, version: i64, rows: &[approval::Model]) -> Way {
    let version = u64::try_from(version).unwrap_or(0);
    let newest_back = rows.iter().map(|row| row.from_version).filter(|from| *from > 0).max();
    match (running, newest_back) {
        (Some(running), Some(from)) if running > version => Way::of_column(from),
        (Some(running), None) if running > version => Way::Back { from_version: running },
        // It shows nothing that can be compared: a device that has never seen the newer one takes either.
        (None, Some(from)) => Way::of_column(from),
        _ => Way::Forward,
    }
}

/// Version that a device shows of this exhibition, by its own report.
fn running_version(device: &device::Model, exhibition: &str) -> Option<u64> {
    let report: pingfeng_wire::Report = serde_json::from_str(device.report_json.as_deref()?).ok()?;
    report.running.filter(|running| running.exhibition == exhibition).map(|running| running.version)
}

/// The statement with the signatures so far; without any where nobody has signed.
fn envelope_of(
    rows: &[approval::Model],
    way: Way,
    site: &str,
    release: &str,
    manifest: &Manifest,
) -> ApiResult<Envelope> {
    match rows.iter().find(|row| row.from_version == way.column()) {
        Some(row) => Envelope::parse(row.envelope.as_bytes(), PayloadKind::Approval)
            .map_err(|error| internal(format!("a stored approval cannot be read: {error}"))),
        None => Ok(Approval::new(site, &BlobHash(release.to_owned()), manifest, way.kind()).envelope()),
    }
}

/// What a device that has seen nothing yet would say.
fn accept(
    state: &TrustState,
    envelope: &Envelope,
    manifest: &[u8],
    groups: &BTreeSet<String>,
    now_ms: i64,
) -> Result<(), Refusal> {
    in_groups(now_ms, groups, |facts| state.clone().accept_release(&envelope.to_bytes(), manifest, facts)).map(drop)
}

fn statement_review(
    way: Way,
    envelope: &Envelope,
    standing: &Standing,
    manifest: &Manifest,
    bytes: &[u8],
    now_ms: i64,
) -> StatementReview {
    let roster = standing.state.roster();
    let stages = roster.and_then(|roster| roster.stages(&manifest.class)).unwrap_or_default();
    // Whoever it is for: here only the signatures matter.
    let refusal = accept(&standing.state, envelope, bytes, &manifest.groups, now_ms).err();
    let from_version = match way {
        Way::Forward => None,
        Way::Back { from_version } => Some(from_version),
    };
    StatementReview {
        from_version,
        statement: String::from_utf8_lossy(envelope.payload()).into_owned(),
        challenge: URL_SAFE_NO_PAD.encode(envelope.challenge()),
        stages: roster.map(|roster| stage_views(&Review::of(envelope, roster, stages))).unwrap_or_default(),
        signatures: roster.map(|roster| signature_views(envelope, roster)).unwrap_or_default(),
        complete: refusal.is_none(),
        refusal: refusal.as_ref().map(why),
        passkeys: roster.map(|roster| passkeys(roster, stages)).unwrap_or_default(),
    }
}

/// The stages and who counts for them.
pub(crate) fn stage_views(review: &Review) -> Vec<StageView> {
    let stages = review.stages.iter();
    stages
        .map(|(role, person)| StageView {
            role: role_id(*role).to_owned(),
            zh: role.word(Lang::ZhCn).to_owned(),
            en: role.word(Lang::En).to_owned(),
            person: person.clone(),
        })
        .collect()
}

/// The signatures of an envelope, each with whose it is and whether it is good.
pub(crate) fn signature_views(envelope: &Envelope, roster: &Roster) -> Vec<SignatureView> {
    let review = Review::of(envelope, roster, &[]);
    let signatures = envelope.signatures().iter();
    signatures
        .map(|signature| {
            let person = person_of(roster, &signature.key.0);
            let flaw = review.flaws.iter().find(|flaw| flaw.key == signature.key).map(|flaw| flaw.flaw.code().to_owned());
            SignatureView {
                good: person.is_some_and(|person| review.signers.contains(person)) && flaw.is_none(),
                key: signature.key.0.clone(),
                person: person.cloned(),
                flaw,
            }
        })
        .collect()
}

/// Passkeys of those who have one of these roles.
pub(crate) fn passkeys(roster: &Roster, roles: &[Role]) -> Vec<PasskeyView> {
    let people = roster.people.iter().filter(|person| roles.iter().any(|role| person.roles.contains(role)));
    people
        .flat_map(|person| person.keys.iter().map(move |key| (person, key_view(key))))
        .filter_map(|(person, key)| {
            Some(PasskeyView { person: person.id.clone(), key: key.id, credential: key.credential?, rp_id: key.rp_id? })
        })
        .collect()
}

fn person_of<'r>(roster: &'r Roster, key: &str) -> Option<&'r String> {
    roster.people.iter().find(|person| person.keys.iter().any(|of| of.key.id().0 == key)).map(|person| &person.id)
}

fn stages_of(roster: &Roster, manifest: &Manifest) -> ApiResult<Vec<Role>> {
    let stages = roster.stages(&manifest.class);
    stages.map(<[Role]>::to_vec).ok_or_else(|| refused(&Refusal::ClassUnknown(manifest.class.clone())))
}

/// The signature that an assertion is, by the passkey of the roster that it names.
pub(crate) fn signature_of(roster: &Roster, assertion: &Assertion) -> ApiResult<Signature> {
    let credential = assertion.credential.trim_end_matches('=');
    let key: Option<&SigningKeyOf> = roster
        .people
        .iter()
        .flat_map(|person| &person.keys)
        .find(|key| key.credential.as_deref() == Some(credential) && matches!(key.key, PublicKey::Es256(_)));
    let Some(key) = key else {
        return Err(bad_request("key_unknown", "this passkey is in no person's name in the roster")
            .hint("名册中没有这把通行密钥：请根密钥持有人把它写进名册")
            .at("credential"));
    };
    Ok(Signature::of_passkey(
        &key.key,
        &from_base64url("signature", &assertion.signature)?,
        &from_base64url("authenticator_data", &assertion.authenticator_data)?,
        &from_base64url("client_data", &assertion.client_data)?,
    ))
}

/// Checks one signature alone. Returns whose it is.
pub(crate) fn check_signature(
    envelope: &Envelope,
    roster: &Roster,
    stages: &[Role],
    signature: &Signature,
) -> ApiResult<String> {
    let Some(person) = person_of(roster, &signature.key.0) else {
        return Err(bad_request("key_unknown", format!("the key {} is in no person's name in the roster", signature.key))
            .hint(format!("名册中没有密钥 {}：请根密钥持有人把它写进名册，或换用名册里的密钥", signature.key))
            .at("signature"));
    };
    // As it would arrive: sizes are bounded where envelopes are read.
    let mut alone = Envelope::parse(&envelope.to_bytes(), envelope.kind()).map_err(|error| refused(&error.into()))?;
    let fits = alone.add(signature.clone());
    let alone = Envelope::parse(&alone.to_bytes(), envelope.kind()).map_err(|error| refused(&error.into()))?;
    let review = Review::of(&alone, roster, stages);
    if let Some(flaw) = review.flaws.iter().find(|flaw| flaw.key == signature.key) {
        return Err(bad_request(flaw.flaw.code(), format!("the signature of `{person}` does not count: {}", flaw.flaw))
            .at("signature"));
    }
    let may = roster.people.iter().any(|one| one.id == *person && stages.iter().any(|stage| one.roles.contains(stage)));
    if !may || !fits {
        return Err(bad_request("not_a_reviewer", format!("`{person}` has no role that this asks for"))
            .hint(format!("`{person}` 在名册中没有此处所需的角色"))
            .at("signature"));
    }
    Ok(person.clone())
}

/// What an uploaded statement says that ours does not.
fn differs(found: &Approval, ours: &Approval) -> Option<&'static str> {
    let fields = [
        ("release", found.release == ours.release),
        ("exhibition", found.exhibition == ours.exhibition),
        ("version", found.version == ours.version),
        ("class", found.class == ours.class),
    ];
    fields.into_iter().find(|(_, same)| !same).map(|(field, _)| field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(from_version: i64) -> approval::Model {
        approval::Model {
            release_id: "r".into(),
            site_id: "s".into(),
            from_version,
            envelope: String::new(),
            changed_at_ms: 0,
        }
    }

    #[test]
    fn a_device_that_shows_something_newer_is_sent_the_newest_way_back() {
        let rows = [row(0), row(3), row(5)];
        assert_eq!(way_of(Some(5), 2, &rows), Way::Back { from_version: 5 });
        assert_eq!(way_of(Some(1), 2, &rows), Way::Forward);
        assert_eq!(way_of(Some(2), 2, &rows), Way::Forward);
        assert_eq!(way_of(None, 2, &rows), Way::Back { from_version: 5 });
        assert_eq!(way_of(None, 2, &rows[..1]), Way::Forward);
        assert_eq!(way_of(Some(5), 2, &rows[..1]), Way::Back { from_version: 5 });
    }
}
