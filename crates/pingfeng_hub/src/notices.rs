//! Notices: a few words that a duty officer puts on the screens of a site. The hub writes down what is to be said and
//! collects the signature; without it no screen shows a word. Ending a notice early needs only the hub: that is silence.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use pingfeng_content::{Lang, Text};
use pingfeng_release::trust::{
    Envelope, NOTICE_CHARS_MAX, NOTICE_EN_CHARS_MAX, NOTICE_LIFE_MS_MAX, NOTICE_LINES_MAX, Notice, PayloadKind, Refusal,
    Role, Severity, Signature, Statement,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Hub,
    db::entity::{device, notice},
    error::{ApiResult, bad_request, conflict, internal, not_found},
    fleet::short_id,
    limits::{NOTICES_LISTED_MAX, NOTICES_OPEN_MAX},
    review::{Assertion, PasskeyView, SignatureView, check_signature, passkeys, signature_of, signature_views},
    status::Why,
    trust::{in_groups, refused, why},
};

/// What is to be said.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeDraft {
    /// Site id.
    pub site: String,
    /// In Chinese: at most 120 characters in 3 lines.
    pub zh: String,
    /// In English, or nothing: at most 360 characters in 3 lines.
    #[serde(default)]
    pub en: String,
    /// `info`, `warning` or `danger`.
    pub severity: String,
    /// Minutes that it lives from now on: 1 to 1440.
    pub minutes: u64,
    /// Group ids that show it; empty: all of the site.
    #[serde(default)]
    pub groups: BTreeSet<String>,
}

/// A notice.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoticeView {
    /// Id.
    pub id: String,
    /// Site id.
    pub site: String,
    /// In Chinese.
    pub zh: String,
    /// In English; empty: none.
    pub en: String,
    /// `info`, `warning` or `danger`.
    pub severity: String,
    /// Groups; empty: all.
    pub groups: BTreeSet<String>,
    /// `draft`: waits for a signature; `shown`; `withdrawn`; `ended`.
    pub state: String,
    /// When it was written.
    pub created_at_ms: i64,
    /// By whom.
    pub created_by: String,
    /// When it goes.
    pub expires_at_ms: i64,
    /// When it was signed.
    pub signed_at_ms: Option<i64>,
    /// When it was ended early.
    pub withdrawn_at_ms: Option<i64>,
    /// By whom.
    pub withdrawn_by: Option<String>,
    /// Signatures.
    pub signatures: Vec<SignatureView>,
    /// Why devices would not show it.
    pub refusal: Option<Why>,
    /// What a passkey signs, base64url.
    pub challenge: String,
    /// Passkeys of duty officers.
    pub passkeys: Vec<PasskeyView>,
    /// Devices that say that they show it.
    pub showing: usize,
    /// Devices that should.
    pub meant: usize,
}

/// How much a notice may say.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoticeLimits {
    /// Characters in Chinese.
    pub zh_chars: usize,
    /// Characters in English.
    pub en_chars: usize,
    /// Lines of each.
    pub lines: usize,
    /// Minutes.
    pub minutes: u64,
}

/// Notices and how much one may say.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Notices {
    /// Limits.
    pub limits: NoticeLimits,
    /// Newest first.
    pub notices: Vec<NoticeView>,
}

impl Hub {
    /// The newest notices.
    pub async fn list_notices(&self, site: Option<&str>) -> ApiResult<Notices> {
        let mut notices = Vec::new();
        for row in self.db.notices(site, NOTICES_LISTED_MAX).await? {
            notices.push(self.notice_view(row).await?);
        }
        let limits = NoticeLimits {
            zh_chars: NOTICE_CHARS_MAX,
            en_chars: NOTICE_EN_CHARS_MAX,
            lines: NOTICE_LINES_MAX,
            minutes: NOTICE_LIFE_MS_MAX / 60_000,
        };
        Ok(Notices { limits, notices })
    }

    /// One notice.
    pub async fn get_notice(&self, id: &str) -> ApiResult<NoticeView> {
        let row = self.db.notice(id).await?.ok_or_else(|| not_found("notice", id))?;
        self.notice_view(row).await
    }

    /// Writes a notice down, for a duty officer to sign. Its time runs from here.
    pub async fn create_notice(&self, draft: &NoticeDraft, by: &str) -> ApiResult<NoticeView> {
        let site = self.db.site(&draft.site).await?.ok_or_else(|| not_found("site", &draft.site))?;
        if self.standing(&site.id).await?.is_none() {
            return Err(conflict("no_root", "this site has no root: no signature counts, and notices need one")
                .hint("本场馆没有根密钥和名册：通知必须由值班员签名，请先建立名册"));
        }
        self.check_room(&site.id).await?;
        let known: BTreeSet<_> = self.db.groups().await?.into_iter().map(|group| group.id).collect();
        if let Some(group) = draft.groups.iter().find(|group| !known.contains(*group)) {
            return Err(not_found("group", group));
        }
        let severity = match draft.severity.as_str() {
            "info" => Severity::Info,
            "warning" => Severity::Warning,
            "danger" => Severity::Danger,
            other => {
                let message = format!("`{other:.20}` is none of info, warning, danger");
                return Err(bad_request("invalid_body", message).at("severity"));
            }
        };
        let now_ms = self.now_ms();
        let created_at_ms = u64::try_from(now_ms).unwrap_or(0);
        let mut text = Text::zh(draft.zh.trim());
        if !draft.en.trim().is_empty() {
            text.other.insert(Lang::En, draft.en.trim().to_owned());
        }
        let notice = Notice {
            v: 1,
            site: site.id.clone(),
            id: format!("n-{}", short_id()),
            text,
            severity,
            created_at_ms,
            expires_at_ms: created_at_ms.saturating_add(draft.minutes.saturating_mul(60_000)),
            groups: draft.groups.clone(),
        };
        notice.check().map_err(|reason| refused(&Refusal::Statement(reason)))?;
        let row = notice::Model {
            id: notice.id.clone(),
            site_id: site.id,
            envelope: text_of(&notice.envelope()),
            created_at_ms: now_ms,
            created_by: by.to_owned(),
            expires_at_ms: i64::try_from(notice.expires_at_ms).unwrap_or(i64::MAX),
            signed_at_ms: None,
            withdrawn_at_ms: None,
            withdrawn_by: None,
        };
        self.db.insert_notice(row.clone()).await?;
        self.told(&row.id).await
    }

    /// The statement of a notice with its signatures: what a duty officer signs.
    pub async fn get_notice_envelope(&self, id: &str) -> ApiResult<String> {
        Ok(self.db.notice(id).await?.ok_or_else(|| not_found("notice", id))?.envelope)
    }

    /// Adds what a duty officer's passkey has signed in the browser. From then on it is shown.
    pub async fn sign_notice(&self, id: &str, assertion: &Assertion) -> ApiResult<NoticeView> {
        let _turn = self.trust.signing.lock().await;
        let row = self.db.notice(id).await?.ok_or_else(|| not_found("notice", id))?;
        let standing = self.standing(&row.site_id).await?.ok_or_else(|| refused(&Refusal::NoRoot))?;
        let roster = standing.state.roster().ok_or_else(|| refused(&Refusal::NoRoster))?;
        let signature = signature_of(roster, assertion)?;
        self.sign(row, vec![signature]).await
    }

    /// Takes a notice that was signed elsewhere: one that was written here, or there.
    pub async fn add_notice(&self, envelope: &str, by: &str) -> ApiResult<NoticeView> {
        let _turn = self.trust.signing.lock().await;
        let read = Envelope::parse(envelope.trim().as_bytes(), PayloadKind::Notice)
            .map_err(|error| refused(&error.into()).at("envelope"))?;
        let notice = Notice::of(&read).map_err(|reason| refused(&Refusal::Statement(reason)).at("envelope"))?;
        let site = self.db.site(&notice.site).await?.ok_or_else(|| not_found("site", &notice.site))?;
        let row = match self.db.notice(&notice.id).await? {
            Some(row) => {
                let kept = parse(&row)?;
                if kept.payload() != read.payload() {
                    return Err(conflict("other_notice", "there is another notice with this id")
                        .hint("已有同名但内容不同的通知：请换一个 id 重新签名"));
                }
                row
            }
            None => {
                self.check_room(&site.id).await?;
                let empty = notice::Model {
                    id: notice.id.clone(),
                    site_id: site.id,
                    envelope: text_of(&notice.envelope()),
                    created_at_ms: self.now_ms(),
                    created_by: by.to_owned(),
                    expires_at_ms: i64::try_from(notice.expires_at_ms).unwrap_or(i64::MAX),
                    signed_at_ms: None,
                    withdrawn_at_ms: None,
                    withdrawn_by: None,
                };
                // Kept only with a signature that counts: looked at before anything is stored.
                if notice.envelope().payload() != read.payload() {
                    return Err(bad_request("statement_invalid", "the notice is written in another form than this program's")
                        .hint("通知的写法与本程序不同：请用同版本的 `pingfengctl` 重新签名")
                        .at("envelope"));
                }
                self.with_signatures(&empty, read.signatures().to_vec()).await?;
                self.db.insert_notice(empty.clone()).await?;
                empty
            }
        };
        self.sign(row, read.signatures().to_vec()).await
    }

    /// Ends a notice. A draft is forgotten.
    pub async fn withdraw_notice(&self, id: &str, by: &str) -> ApiResult<()> {
        let _turn = self.trust.signing.lock().await;
        let mut row = self.db.notice(id).await?.ok_or_else(|| not_found("notice", id))?;
        if row.signed_at_ms.is_none() {
            self.db.delete_notice(id).await?;
            self.live.tell("notice", &serde_json::json!({ "id": id }));
            return Ok(());
        }
        if row.withdrawn_at_ms.is_none() {
            row.withdrawn_at_ms = Some(self.now_ms());
            row.withdrawn_by = Some(by.to_owned());
            self.db.change_notice(row.clone()).await?;
            self.state_site_again(&row.site_id).await?;
        }
        self.told(id).await.map(drop)
    }

    /// The notice that a device is told: of several the most urgent, then the newest.
    pub(crate) async fn notice_for(&self, device: &device::Model) -> ApiResult<Option<String>> {
        let mut best = None;
        for row in self.db.notices_shown(&device.site_id, self.now_ms()).await? {
            let notice = Notice::of(&parse(&row)?).map_err(internal)?;
            if !notice.groups.is_empty() && !notice.groups.contains(&device.group_id) {
                continue;
            }
            let rank = (notice.severity, row.signed_at_ms);
            if best.as_ref().is_none_or(|(known, _)| rank >= *known) {
                best = Some((rank, row.envelope));
            }
        }
        Ok(best.map(|(_, envelope)| envelope))
    }

    async fn sign(&self, mut row: notice::Model, signatures: Vec<Signature>) -> ApiResult<NoticeView> {
        let now_ms = self.now_ms();
        if row.withdrawn_at_ms.is_some() {
            return Err(conflict("withdrawn", "this notice has been withdrawn").hint("这条通知已经撤回，请另写一条"));
        }
        let envelope = self.with_signatures(&row, signatures).await?;
        row.envelope = text_of(&envelope);
        row.signed_at_ms.get_or_insert(now_ms);
        self.db.change_notice(row.clone()).await?;
        self.state_site_again(&row.site_id).await?;
        self.told(&row.id).await
    }

    /// The envelope with these signatures as well, if a device would then show it.
    async fn with_signatures(&self, row: &notice::Model, signatures: Vec<Signature>) -> ApiResult<Envelope> {
        let standing = self.standing(&row.site_id).await?.ok_or_else(|| refused(&Refusal::NoRoot))?;
        let roster = standing.state.roster().ok_or_else(|| refused(&Refusal::NoRoster))?;
        let mut envelope = parse(row)?;
        let notice = Notice::of(&envelope).map_err(internal)?;
        for signature in signatures {
            check_signature(&envelope, roster, &[Role::DutyOfficer], &signature)?;
            if !envelope.add(signature) {
                return Err(conflict("signatures_full", "this notice has as many signatures as it can carry"));
            }
        }
        in_groups(self.now_ms(), &notice.groups, |facts| {
            standing.state.clone().accept_notice(&envelope.to_bytes(), facts)
        })
        .map_err(|refusal| refused(&refusal))?;
        Ok(envelope)
    }

    async fn check_room(&self, site: &str) -> ApiResult<()> {
        let now_ms = self.now_ms();
        let rows = self.db.notices(Some(site), NOTICES_LISTED_MAX).await?;
        let open = rows.iter().filter(|row| row.withdrawn_at_ms.is_none() && row.expires_at_ms > now_ms).count();
        if open >= NOTICES_OPEN_MAX {
            return Err(conflict("notices_full", format!("this site has {NOTICES_OPEN_MAX} notices already"))
                .hint("本场馆的通知已满：请先撤回不再需要的"));
        }
        Ok(())
    }

    async fn told(&self, id: &str) -> ApiResult<NoticeView> {
        let view = self.get_notice(id).await?;
        self.live.tell("notice", &view);
        Ok(view)
    }

    async fn notice_view(&self, row: notice::Model) -> ApiResult<NoticeView> {
        let envelope = parse(&row)?;
        let notice = Notice::of(&envelope).map_err(internal)?;
        let standing = self.standing(&row.site_id).await?;
        let roster = standing.as_ref().and_then(|standing| standing.state.roster());
        let now_ms = self.now_ms();
        let refusal = match &standing {
            Some(standing) => in_groups(now_ms, &notice.groups, |facts| {
                standing.state.clone().accept_notice(&envelope.to_bytes(), facts)
            })
            .err(),
            None => Some(Refusal::NoRoot),
        };
        let state = match (row.withdrawn_at_ms, row.signed_at_ms) {
            (Some(_), _) => "withdrawn",
            _ if row.expires_at_ms <= now_ms => "ended",
            (None, Some(_)) => "shown",
            (None, None) => "draft",
        };
        let meant: Vec<_> = self
            .db
            .devices()
            .await?
            .into_iter()
            .filter(|device| device.site_id == row.site_id)
            .filter(|device| notice.groups.is_empty() || notice.groups.contains(&device.group_id))
            .collect();
        let shows = |device: &&device::Model| {
            let report = device.report_json.as_deref();
            let report = report.and_then(|json| serde_json::from_str::<pingfeng_wire::Report>(json).ok());
            report.is_some_and(|report| report.notice.as_deref() == Some(row.id.as_str()))
        };
        Ok(NoticeView {
            zh: notice.text.get(Lang::ZhCn).to_owned(),
            en: notice.text.other.get(&Lang::En).cloned().unwrap_or_default(),
            severity: match notice.severity {
                Severity::Info => "info",
                Severity::Warning => "warning",
                Severity::Danger => "danger",
            }
            .to_owned(),
            state: state.to_owned(),
            signatures: roster.map(|roster| signature_views(&envelope, roster)).unwrap_or_default(),
            refusal: refusal.as_ref().map(why),
            challenge: URL_SAFE_NO_PAD.encode(envelope.challenge()),
            passkeys: roster.map(|roster| passkeys(roster, &[Role::DutyOfficer])).unwrap_or_default(),
            showing: if state == "shown" { meant.iter().filter(shows).count() } else { 0 },
            meant: meant.len(),
            groups: notice.groups,
            id: row.id,
            site: row.site_id,
            created_at_ms: row.created_at_ms,
            created_by: row.created_by,
            expires_at_ms: row.expires_at_ms,
            signed_at_ms: row.signed_at_ms,
            withdrawn_at_ms: row.withdrawn_at_ms,
            withdrawn_by: row.withdrawn_by,
        })
    }
}

fn parse(row: &notice::Model) -> ApiResult<Envelope> {
    Envelope::parse(row.envelope.as_bytes(), PayloadKind::Notice)
        .map_err(|error| internal(format!("a stored notice cannot be read: {error}")))
}

fn text_of(envelope: &Envelope) -> String {
    // JSON, hence UTF-8.
    String::from_utf8_lossy(&envelope.to_bytes()).into_owned()
}
