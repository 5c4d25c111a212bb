//! Why a device does not take something, in words for whoever has to do something about it.

use pingfeng_content::{Lang, Text};

use super::{EnvelopeError, Role, SignatureFlaw};
use crate::store::ManifestError;

/// Why something is not taken. What is on the glass stays there in every case. The code is for programs, [`Self::text`]
/// for people and says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// This device knows no root: enrol it with one, or set `accept = "hub"` where nobody signs.
    #[error("this device knows no root key, so nothing can be checked; enrol it again, with a root")]
    NoRoot,
    /// The file with everything this device trusts is damaged. Only enrolling it again helps.
    #[error("the record of what this device trusts is damaged; enrol it again")]
    StateDamaged,
    /// No roster has been taken, or the last one is not signed by the present root.
    #[error("this device has no roster that its root has signed; send it one")]
    NoRoster,
    /// Nothing signed came with it.
    #[error("nobody has signed this release; publish it when the reviewers have")]
    Unsigned,
    /// Not an envelope of the kind that was expected.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A statement that breaks its rules.
    #[error("the statement is not acceptable: {0}; put it right and sign it again")]
    Statement(String),
    /// Of another site.
    #[error("it is for the site `{found}`, this device belongs to `{expected}`; look which of the two is meant")]
    WrongSite {
        /// Of this device.
        expected: String,
        /// As signed.
        found: String,
    },
    /// An older root than the present one.
    #[error("root version {found} is older than {known}, which this device has; send the newest")]
    RootRolledBack {
        /// That this device has.
        known: u64,
        /// That came.
        found: u64,
    },
    /// Another root under the same number.
    #[error("there is another root with version {0}; sign it again with a higher one")]
    RootReused(u64),
    /// A root too far ahead: those between must come first.
    #[error("root version {found} cannot be checked before version {needed}; send every one in between")]
    RootGap {
        /// The next one.
        needed: u64,
        /// That came.
        found: u64,
    },
    /// Too few keys of a root have signed.
    #[error("{valid} keys of root version {root_version} have signed, {threshold} must; ask their keepers")]
    RootSignatures {
        /// Whose keys were counted: those of the present root, or the new one's own.
        root_version: u64,
        /// That count.
        valid: usize,
        /// That are needed.
        threshold: usize,
        /// Signatures that claim a key and are not by it.
        flaws: Vec<SignatureFlaw>,
    },
    /// The root has run out.
    #[error("the root expired on {}, it is {}; the keepers of the root sign the next one", date(.expired_at_ms), date(.now_ms))]
    RootExpired {
        /// As signed.
        expired_at_ms: u64,
        /// As this device sees the time.
        now_ms: u64,
    },
    /// Too few keys of the root have signed a roster.
    #[error("{valid} keys of the root have signed the roster, {threshold} must; ask their keepers")]
    RosterSignatures {
        /// That count.
        valid: usize,
        /// That are needed.
        threshold: usize,
        /// Signatures that claim a key and are not by it.
        flaws: Vec<SignatureFlaw>,
    },
    /// An older roster than the present one.
    #[error("roster version {found} is older than {known}, which this device has; send the newest")]
    RosterRolledBack {
        /// That this device has.
        known: u64,
        /// That came.
        found: u64,
    },
    /// Another roster under the same number.
    #[error("there is another roster with version {0}; sign it again with a higher one")]
    RosterReused(u64),
    /// The roster has run out.
    #[error("the roster expired on {}, it is {}; the keepers of the root sign the next one", date(.expired_at_ms), date(.now_ms))]
    RosterExpired {
        /// As signed.
        expired_at_ms: u64,
        /// As this device sees the time.
        now_ms: u64,
    },
    /// A class that the roster does not list.
    #[error("the roster knows no class `{0}`; choose one that it lists and build again")]
    ClassUnknown(String),
    /// The exhibition must be reviewed more than this class asks for.
    #[error(
        "`{exhibition}` must be reviewed as `{least}`, and `{class}` does not ask for all of its stages; change the class and build again"
    )]
    ClassTooWeak {
        /// Which.
        exhibition: String,
        /// Of the release.
        class: String,
        /// As the roster asks.
        least: String,
    },
    /// Not every stage has been signed by somebody else.
    #[error("nobody has signed for: {}", words(.missing, Lang::En))]
    StageMissing {
        /// For which nobody is left.
        missing: Vec<Role>,
        /// Signatures that claim a key of the roster and are not by it.
        flaws: Vec<SignatureFlaw>,
    },
    /// There are people for every stage, but too few of them: somebody would have to count twice.
    #[error("one person counts once; somebody else must sign for: {}", words(.missing, Lang::En))]
    SamePerson {
        /// For which nobody is left.
        missing: Vec<Role>,
    },
    /// The approval is of another release than the manifest.
    #[error("the approval is of another release: its `{field}` is not that of the manifest; sign this release")]
    Mixed {
        /// What differs.
        field: &'static str,
    },
    /// Older than what this device has shown, and not signed as a way back.
    #[error("version {found} is not newer than {known}; going back must be signed as a way back")]
    RolledBack {
        /// The highest that this device has taken, or the least that the roster allows.
        known: u64,
        /// That came.
        found: u64,
    },
    /// Another release under a number that was used.
    #[error("version {0} is another release already; build it again with a higher number")]
    VersionReused(u64),
    /// A way back that was signed when less had been published.
    #[error("this way back was signed for devices up to version {from}; this one has seen {known}; sign a new one")]
    WayBackStale {
        /// As signed.
        from: u64,
        /// The highest that this device has taken.
        known: u64,
    },
    /// The manifest is refused.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Not for this device.
    #[error("this is for the groups {}, to which this device does not belong; look where it was to go", .for_groups.join(", "))]
    WrongGroup {
        /// As signed.
        for_groups: Vec<String>,
    },
    /// Too late.
    #[error("it expired on {}, it is {}; sign a new one, or set the clock", date(.expired_at_ms), date(.now_ms))]
    Expired {
        /// As signed.
        expired_at_ms: u64,
        /// As this device sees the time.
        now_ms: u64,
    },
    /// A notice from the future, by a clock that can be relied on.
    #[error("it was written on {}, it is only {}; set the clock of whoever signed it", date(.created_at_ms), date(.now_ms))]
    TooEarly {
        /// As signed.
        created_at_ms: u64,
        /// As this device sees the time.
        now_ms: u64,
    },
    /// More exhibitions than a device remembers.
    #[error("this device has shown {0} exhibitions and remembers no more; enrol it again")]
    ExhibitionsFull(usize),
}

impl Refusal {
    /// The code that travels in a report and names a case of `tests/corpus/attacks`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRoot => "no_root",
            Self::StateDamaged => "trust_damaged",
            Self::NoRoster => "no_roster",
            Self::Unsigned => "unsigned",
            Self::Envelope(EnvelopeError::TooLarge { .. }) => "envelope_too_large",
            Self::Envelope(EnvelopeError::Malformed(_)) => "envelope_malformed",
            Self::Envelope(EnvelopeError::Type { .. }) => "envelope_type",
            Self::Statement(_) => "statement_invalid",
            Self::WrongSite { .. } => "wrong_site",
            Self::RootRolledBack { .. } => "root_rolled_back",
            Self::RootReused(_) => "root_reused",
            Self::RootGap { .. } => "root_gap",
            Self::RootSignatures { .. } => "root_signatures",
            Self::RootExpired { .. } => "root_expired",
            Self::RosterSignatures { .. } => "roster_signatures",
            Self::RosterRolledBack { .. } => "roster_rolled_back",
            Self::RosterReused(_) => "roster_reused",
            Self::RosterExpired { .. } => "roster_expired",
            Self::ClassUnknown(_) => "class_unknown",
            Self::ClassTooWeak { .. } => "class_too_weak",
            Self::StageMissing { .. } => "stage_missing",
            Self::SamePerson { .. } => "same_person",
            Self::Mixed { .. } => "release_mixed",
            Self::RolledBack { .. } => "release_rolled_back",
            Self::VersionReused(_) => "version_reused",
            Self::WayBackStale { .. } => "way_back_stale",
            Self::Manifest(error) => error.code(),
            Self::WrongGroup { .. } => "wrong_group",
            Self::Expired { .. } => "expired",
            Self::TooEarly { .. } => "too_early",
            Self::ExhibitionsFull(_) => "exhibitions_full",
        }
    }

    /// Signatures that claim a known key and do not count, where that is the reason.
    pub fn flaws(&self) -> &[SignatureFlaw] {
        match self {
            Self::RootSignatures { flaws, .. }
            | Self::RosterSignatures { flaws, .. }
            | Self::StageMissing { flaws, .. } => flaws,
            _ => &[],
        }
    }

    /// What is wrong and what to do, in both languages.
    pub fn text(&self) -> Text {
        let mut zh = self.zh();
        let mut en = self.to_string();
        if let Some(first) = self.flaws().first() {
            zh += &format!("；密钥 {} 名下的签名无效（{}）", first.key, first.flaw.code());
            en += &format!("; the signature in the name of key {} does not count: {}", first.key, first.flaw);
        }
        Text { zh, other: [(Lang::En, en)].into() }
    }

    fn zh(&self) -> String {
        match self {
            Self::NoRoot => "本终端没有根密钥，无法核验任何内容：请带根密钥重新登记".into(),
            Self::StateDamaged => "本终端的信任记录已损坏，不再接受新内容：请重新登记".into(),
            Self::NoRoster => "本终端没有经根密钥签名的名册：请下发名册".into(),
            Self::Unsigned => "这个版本没有人签名：请审核人员签名后再发布".into(),
            Self::Envelope(EnvelopeError::TooLarge { size_bytes, limit_bytes }) => {
                format!("签名封套有 {size_bytes} 字节，超过上限 {limit_bytes}：请重新签名")
            }
            Self::Envelope(EnvelopeError::Malformed(reason)) => format!("不是签名封套（{reason}）：请重新签名"),
            Self::Envelope(EnvelopeError::Type { expected, found }) => {
                format!("封套内是 `{found}`，应为 `{expected}`：请核对文件")
            }
            Self::Statement(reason) => format!("签名的内容不合规（{reason}）：请改正后重新签名"),
            Self::WrongSite { expected, found } => {
                format!("这是场馆 `{found}` 的，本终端属于 `{expected}`：请核对场馆")
            }
            Self::RootRolledBack { known, found } => {
                format!("根密钥第 {found} 版比本终端已有的第 {known} 版旧：请下发最新的")
            }
            Self::RootReused(version) => format!("根密钥第 {version} 版有两份不同的：请用更高的版本号重新签名"),
            Self::RootGap { needed, found } => {
                format!("核验根密钥第 {found} 版之前要先有第 {needed} 版：请依次下发中间各版")
            }
            Self::RootSignatures { root_version, valid, threshold, .. } => {
                format!("根密钥第 {root_version} 版的持有人签了 {valid} 个，须有 {threshold} 个：请其余持有人签名")
            }
            Self::RootExpired { expired_at_ms, now_ms } => format!(
                "根密钥已于 {} 过期（本终端时间 {}），只保持现有画面：请根密钥持有人签署新版；若时钟不对请先校时",
                date(expired_at_ms),
                date(now_ms)
            ),
            Self::RosterSignatures { valid, threshold, .. } => {
                format!("名册有 {valid} 个根密钥签名，须有 {threshold} 个：请其余持有人签名")
            }
            Self::RosterRolledBack { known, found } => {
                format!("名册第 {found} 版比本终端已有的第 {known} 版旧：请下发最新的")
            }
            Self::RosterReused(version) => format!("名册第 {version} 版有两份不同的：请用更高的版本号重新签名"),
            Self::RosterExpired { expired_at_ms, now_ms } => format!(
                "名册已于 {} 过期（本终端时间 {}），只保持现有画面：请根密钥持有人签署新名册；若时钟不对请先校时",
                date(expired_at_ms),
                date(now_ms)
            ),
            Self::ClassUnknown(class) => format!("名册中没有审核类别 `{class}`：请改用名册列出的类别"),
            Self::ClassTooWeak { exhibition, class, least } => {
                format!("展览 `{exhibition}` 至少按 `{least}` 审核，`{class}` 的环节不够：请改类别后重新生成")
            }
            Self::StageMissing { missing, .. } => format!("缺少{}签名：请对应人员签名", words(missing, Lang::ZhCn)),
            Self::SamePerson { missing } => {
                format!("一人只算一次，{}须由另一人签名", words(missing, Lang::ZhCn))
            }
            Self::Mixed { field } => format!("签名针对另一个版本（{field} 不符）：请对这个版本重新签名"),
            Self::RolledBack { known, found } => {
                format!("第 {found} 版不比本终端用过的第 {known} 版新：要退回须另签退回声明")
            }
            Self::VersionReused(version) => format!("第 {version} 版已是另一份内容：请用更高的版本号重新生成"),
            Self::WayBackStale { from, known } => {
                format!("这份退回声明签到第 {from} 版为止，本终端已用过第 {known} 版：请重新签退回声明")
            }
            Self::Manifest(ManifestError::RuntimeTooOld { needed, runtime }) => {
                format!("这个版本需要程序 {needed} 以上，本终端是 {runtime}：请先升级终端程序")
            }
            Self::Manifest(error) => format!("版本清单不合规（{error}）：请重新生成"),
            Self::WrongGroup { for_groups } => {
                format!("这是给分组 {} 的，本终端不在其中：请核对发布范围", for_groups.join("、"))
            }
            Self::Expired { expired_at_ms, now_ms } => format!(
                "已于 {} 过期（本终端时间 {}）：请重新签发；若时钟不对请先校时",
                date(expired_at_ms),
                date(now_ms)
            ),
            Self::TooEarly { created_at_ms, now_ms } => {
                format!("签发时间 {} 晚于现在 {}：请校正签发者电脑的时钟", date(created_at_ms), date(now_ms))
            }
            Self::ExhibitionsFull(count) => format!("本终端已记录 {count} 个展览，不能再多：请重新登记"),
        }
    }
}

fn words(stages: &[Role], lang: Lang) -> String {
    let separator = if lang == Lang::ZhCn { "、" } else { ", " };
    stages.iter().map(|stage| stage.word(lang)).collect::<Vec<_>>().join(separator)
}

/// A moment as people read it, UTC, to the minute.
fn date(ms: &u64) -> String {
    let moment = i64::try_from(*ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    moment.map_or_else(|| "?".to_owned(), |moment| moment.strftime("%Y-%m-%d %H:%M UTC").to_string())
}
