//! What is signed: the site's root, its roster, an approval, a notice. All JSON with `v: 1`; a key that is not known is
//! an error, because whoever signed it may have meant something by it.

use std::collections::{BTreeMap, BTreeSet};

use pingfeng_content::{Lang, Text};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Envelope, PayloadKind, PublicKey, SigningKeyOf};
use crate::BlobHash;
use crate::store::{GROUPS_MAX, TIME_MS_MAX, VERSION_MAX, hash_is_valid, id_is_valid};

/// Keys of a root.
pub const ROOT_KEYS_MAX: usize = 16;
/// People of a roster.
pub const PEOPLE_MAX: usize = 200;
/// Keys of one person: an old and a new one, a passkey at home and one at work.
pub const KEYS_PER_PERSON_MAX: usize = 8;
/// Classes of review.
pub const CLASSES_MAX: usize = 32;
/// Stages that one class may ask for.
pub const STAGES_MAX: usize = 8;
/// Exhibitions that a roster has a rule for.
pub const PINS_MAX: usize = 1_000;
/// Characters of a notice in Chinese.
pub const NOTICE_CHARS_MAX: usize = 120;
/// Characters of a notice in English, which takes more of them to say the same.
pub const NOTICE_EN_CHARS_MAX: usize = 360;
/// Lines of a notice.
pub const NOTICE_LINES_MAX: usize = 3;
/// How long a notice may live.
pub const NOTICE_LIFE_MS_MAX: u64 = 24 * 60 * 60 * 1000;

/// The version of all four documents.
const VERSION: u32 = 1;

/// A document that envelopes carry.
pub trait Statement: Serialize + DeserializeOwned {
    /// What envelopes call it.
    const KIND: PayloadKind;

    /// The rules beyond its shape, in English, for whoever writes one. A device refuses what breaks them.
    fn check(&self) -> Result<(), String>;

    /// The statement in an envelope, to be signed. The same statement gives the same bytes.
    fn envelope(&self) -> Envelope {
        // Structs of strings, numbers and maps with string keys: nothing here can fail to be JSON.
        #[expect(clippy::expect_used, reason = "the line above")]
        let payload = serde_json::to_vec(self).expect("a statement is JSON");
        Envelope::new(Self::KIND, payload)
    }

    /// Reads the statement of an envelope, and checks its rules. Says nothing about who signed it.
    fn of(envelope: &Envelope) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Versioned {
            v: u32,
        }
        // The version is looked at alone first: a later one may have keys that this program does not know.
        let payload = envelope.payload();
        let Versioned { v } = serde_json::from_slice(payload).map_err(|error| error.to_string())?;
        if v != VERSION {
            return Err(format!("it has version {v} of the format, this program reads {VERSION}: update the program"));
        }
        let statement: Self = serde_json::from_slice(payload).map_err(|error| error.to_string())?;
        statement.check()?;
        Ok(statement)
    }
}

/// The keys that everything else goes back to. They lie offline, with different people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    /// 1.
    pub v: u32,
    /// Which site.
    pub site: String,
    /// 1 for the first; each next one is signed by enough keys of the one before as well.
    pub version: u64,
    /// After this moment nothing new is believed until there is a next root; milliseconds since 1970.
    pub expires_at_ms: u64,
    /// Key files only: a root that lies in a safe must not depend on a host name.
    pub keys: Vec<PublicKey>,
    /// How many of them sign.
    pub threshold: usize,
}

impl Root {
    /// The first root of a site.
    pub fn new(site: &str, expires_at_ms: u64, keys: Vec<PublicKey>, threshold: usize) -> Self {
        Self { v: VERSION, site: site.to_owned(), version: 1, expires_at_ms, keys, threshold }
    }
}

impl Statement for Root {
    const KIND: PayloadKind = PayloadKind::Root;

    fn check(&self) -> Result<(), String> {
        check_site(&self.site)?;
        check_version(self.version)?;
        check_time("expires_at_ms", self.expires_at_ms)?;
        if !(1..=ROOT_KEYS_MAX).contains(&self.keys.len()) {
            return Err(format!("`keys` must be 1 to {ROOT_KEYS_MAX}"));
        }
        if self.keys.iter().any(|key| !matches!(key, PublicKey::Ed25519(_))) {
            return Err("`keys` of a root are ed25519 keys".to_owned());
        }
        let different: BTreeSet<String> = self.keys.iter().map(PublicKey::to_string).collect();
        if different.len() != self.keys.len() {
            return Err("`keys` lists a key twice".to_owned());
        }
        if !(1..=self.keys.len()).contains(&self.threshold) {
            return Err(format!("`threshold` must be 1 to {}, the number of keys", self.keys.len()));
        }
        Ok(())
    }
}

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Writes. Signs nothing.
    Author,
    /// 初审.
    FirstReview,
    /// 复审.
    SecondReview,
    /// 终审.
    FinalReview,
    /// 值班: signs notices.
    DutyOfficer,
    /// Runs screens from the console. Signs nothing.
    Operator,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 6] =
        [Role::Author, Role::FirstReview, Role::SecondReview, Role::FinalReview, Role::DutyOfficer, Role::Operator];

    /// True for the stages that a class may ask for.
    pub fn is_stage(self) -> bool {
        matches!(self, Role::FirstReview | Role::SecondReview | Role::FinalReview)
    }

    /// As people call it.
    pub fn word(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Role::Author, Lang::ZhCn) => "编辑",
            (Role::FirstReview, Lang::ZhCn) => "初审",
            (Role::SecondReview, Lang::ZhCn) => "复审",
            (Role::FinalReview, Lang::ZhCn) => "终审",
            (Role::DutyOfficer, Lang::ZhCn) => "值班",
            (Role::Operator, Lang::ZhCn) => "运维",
            (Role::Author, Lang::En) => "author",
            (Role::FirstReview, Lang::En) => "first review",
            (Role::SecondReview, Lang::En) => "second review",
            (Role::FinalReview, Lang::En) => "final review",
            (Role::DutyOfficer, Lang::En) => "duty officer",
            (Role::Operator, Lang::En) => "operator",
        }
    }
}

/// Who may do what, and what each class of content asks for. Signed by the root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    /// 1.
    pub v: u32,
    /// Which site.
    pub site: String,
    /// Only rises.
    pub version: u64,
    /// When it was made, milliseconds since 1970. A device knows from it that the time is no earlier.
    pub created_at_ms: u64,
    /// From this moment on nothing new is believed until there is a next roster; milliseconds since 1970.
    pub expires_at_ms: u64,
    /// At most [`PEOPLE_MAX`].
    pub people: Vec<Person>,
    /// Stages that a release of this class must have been through, each by somebody else: 1 to [`STAGES_MAX`].
    pub classes: BTreeMap<String, Vec<Role>>,
    /// Rules for single exhibitions, and under [`EVERY_EXHIBITION`] for all others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub exhibitions: BTreeMap<String, Pin>,
}

/// The name under which a roster has the rule for exhibitions that it does not name.
pub const EVERY_EXHIBITION: &str = "*";

/// Somebody with keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// ASCII name, unique in the roster. Not somebody's real name: it stands in logs.
    pub id: String,
    /// What they may do.
    pub roles: BTreeSet<Role>,
    /// At most [`KEYS_PER_PERSON_MAX`].
    pub keys: Vec<SigningKeyOf>,
}

/// What holds for an exhibition, whatever its author writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// A release must have been through all stages of this class at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Versions below this one are refused, also by devices that have never seen a later one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_version: Option<u64>,
}

impl Roster {
    /// The stages that a class asks for; `None` for a class that the roster does not know.
    pub fn stages(&self, class: &str) -> Option<&[Role]> {
        self.classes.get(class).map(Vec::as_slice)
    }

    /// The rule for an exhibition, perhaps the one for all.
    pub fn pin(&self, exhibition: &str) -> Option<&Pin> {
        self.exhibitions.get(exhibition).or_else(|| self.exhibitions.get(EVERY_EXHIBITION))
    }
}

impl Statement for Roster {
    const KIND: PayloadKind = PayloadKind::Roster;

    fn check(&self) -> Result<(), String> {
        check_site(&self.site)?;
        check_version(self.version)?;
        check_time("expires_at_ms", self.expires_at_ms)?;
        if self.created_at_ms >= self.expires_at_ms {
            return Err("`expires_at_ms` must lie after `created_at_ms`".to_owned());
        }
        check_count("people", self.people.len(), 1, PEOPLE_MAX)?;
        let (mut ids, mut keys) = (BTreeSet::new(), BTreeMap::new());
        for person in &self.people {
            let id = &person.id;
            if !id_is_valid(id) {
                return Err(format!("`{}` is not an id: {ID_RULE}", shown(id)));
            }
            if !ids.insert(id) {
                return Err(format!("`{id}` is listed twice"));
            }
            check_count(&format!("keys of {id}"), person.keys.len(), 0, KEYS_PER_PERSON_MAX)?;
            for key in &person.keys {
                key.check().map_err(|error| format!("a key of `{id}`: {error}"))?;
                // A key that two people share would make two people of one.
                if let Some(other) = keys.insert(key.key.to_string(), id) {
                    return Err(format!("`{other}` and `{id}` have the same key; each needs their own"));
                }
            }
        }
        check_count("classes", self.classes.len(), 1, CLASSES_MAX)?;
        for (class, stages) in &self.classes {
            if !id_is_valid(class) {
                return Err(format!("the class `{}` is not an id: {ID_RULE}", shown(class)));
            }
            check_count(&format!("stages of {class}"), stages.len(), 1, STAGES_MAX)?;
            if let Some(role) = stages.iter().find(|role| !role.is_stage()) {
                return Err(format!("the class `{class}` asks for `{}`, which is no review", role.word(Lang::En)));
            }
        }
        check_count("exhibitions", self.exhibitions.len(), 0, PINS_MAX)?;
        for (exhibition, pin) in &self.exhibitions {
            if exhibition != EVERY_EXHIBITION && !id_is_valid(exhibition) {
                return Err(format!("the exhibition `{}` is not an id: {ID_RULE}", shown(exhibition)));
            }
            if let Some(class) = &pin.class
                && !self.classes.contains_key(class)
            {
                return Err(format!("`{exhibition}` asks for the class `{}`, which is not listed", shown(class)));
            }
            if pin.least_version.is_some_and(|version| version > VERSION_MAX) {
                return Err(format!("`least_version` of `{exhibition}` is above {VERSION_MAX}"));
            }
        }
        Ok(())
    }
}

/// Somebody's agreement that one release may be shown.
///
/// It names the manifest, and what in the manifest decides who must agree. A reviewer signs a statement and not the bare
/// hash, so that agreement to a release and agreement to go back to it are two different things.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// 1.
    pub v: u32,
    /// BLAKE3 of the manifest.
    pub release: BlobHash,
    /// Which site.
    pub site: String,
    /// As in the manifest.
    pub exhibition: String,
    /// As in the manifest.
    pub version: u64,
    /// As in the manifest.
    pub class: String,
    /// To go forward, or back.
    pub kind: ApprovalKind,
}

/// What an approval is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ApprovalKind {
    /// To show a newer release than any before.
    Release,
    /// To show an older one again.
    Rollback {
        /// The highest version that was published until now. Devices that have seen a higher one refuse, so that the
        /// statement is of no use any more once something newer was published.
        from_version: u64,
    },
}

impl Approval {
    /// A statement about a manifest, to be signed.
    pub fn new(site: &str, release: &BlobHash, manifest: &crate::Manifest, kind: ApprovalKind) -> Self {
        Self {
            v: VERSION,
            release: release.clone(),
            site: site.to_owned(),
            exhibition: manifest.exhibition.clone(),
            version: manifest.version,
            class: manifest.class.clone(),
            kind,
        }
    }
}

impl Statement for Approval {
    const KIND: PayloadKind = PayloadKind::Approval;

    fn check(&self) -> Result<(), String> {
        check_site(&self.site)?;
        if !hash_is_valid(&self.release) {
            return Err("`release` is no BLAKE3 hash".to_owned());
        }
        for (field, id) in [("exhibition", &self.exhibition), ("class", &self.class)] {
            if !id_is_valid(id) {
                return Err(format!("`{field}` is not an id: {ID_RULE}"));
            }
        }
        check_version(self.version)?;
        if let ApprovalKind::Rollback { from_version } = self.kind
            && (from_version <= self.version || from_version > VERSION_MAX)
        {
            return Err("`from_version` must be higher than `version`: going back is to something older".to_owned());
        }
        Ok(())
    }
}

/// A few words that a duty officer puts on the screens, in a design that nobody can change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// 1.
    pub v: u32,
    /// Which site.
    pub site: String,
    /// ASCII name of the notice.
    pub id: String,
    /// The words: at most [`NOTICE_CHARS_MAX`] characters of Chinese and [`NOTICE_EN_CHARS_MAX`] of English in
    /// [`NOTICE_LINES_MAX`] lines, without characters that steer the text around them.
    pub text: Text,
    /// How urgent it looks.
    #[serde(default)]
    pub severity: Severity,
    /// When it was written, milliseconds since 1970.
    pub created_at_ms: u64,
    /// When it goes, at most [`NOTICE_LIFE_MS_MAX`] later.
    pub expires_at_ms: u64,
    /// Groups that show it; empty: all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<String>,
}

/// How urgent a notice looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Opening hours, a change of room.
    #[default]
    Info,
    /// Something to mind.
    Warning,
    /// Leave, or stay where you are.
    Danger,
}

impl Statement for Notice {
    const KIND: PayloadKind = PayloadKind::Notice;

    fn check(&self) -> Result<(), String> {
        check_site(&self.site)?;
        if !id_is_valid(&self.id) {
            return Err(format!("`id` is not an id: {ID_RULE}"));
        }
        check_words("zh-CN", &self.text.zh, NOTICE_CHARS_MAX)?;
        if let Some(en) = self.text.other.get(&Lang::En) {
            check_words("en", en, NOTICE_EN_CHARS_MAX)?;
        }
        check_time("expires_at_ms", self.expires_at_ms)?;
        let life_ms = self.expires_at_ms.checked_sub(self.created_at_ms).filter(|life_ms| *life_ms > 0);
        if life_ms.is_none_or(|life_ms| life_ms > NOTICE_LIFE_MS_MAX) {
            return Err("`expires_at_ms` must lie after `created_at_ms`, by 24 hours at most".to_owned());
        }
        if self.groups.len() > GROUPS_MAX || !self.groups.iter().all(|group| id_is_valid(group)) {
            return Err(format!("`groups` must be at most {GROUPS_MAX} ids, each {ID_RULE}"));
        }
        Ok(())
    }
}

fn check_words(lang: &str, words: &str, chars_max: usize) -> Result<(), String> {
    let chars = words.chars().count();
    if words.trim().is_empty() {
        return Err(format!("the text in {lang} is empty"));
    }
    if chars > chars_max {
        return Err(format!("the text in {lang} has {chars} characters, at most {chars_max}"));
    }
    if words.lines().count() > NOTICE_LINES_MAX || words.matches('\n').count() >= NOTICE_LINES_MAX {
        return Err(format!("the text in {lang} has more than {NOTICE_LINES_MAX} lines"));
    }
    match words.chars().find(|c| *c != '\n' && steers(*c)) {
        Some(c) => Err(format!("the text in {lang} has the character U+{:04X}, which is not shown", u32::from(c))),
        None => Ok(()),
    }
}

/// Characters that are not words: controls, marks that turn the direction of the text around them, what is invisible, and
/// what has no agreed look.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0x00AD | 0x061C | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F
            | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFF | 0xE000..=0xF8FF | 0xE_0000..=0x10_FFFF)
}

const ID_RULE: &str = "1 to 64 of a-z, 0-9, `-` and `_`, starting with a letter or digit";

fn check_site(site: &str) -> Result<(), String> {
    if id_is_valid(site) { Ok(()) } else { Err(format!("`site` is not an id: {ID_RULE}")) }
}

fn check_version(version: u64) -> Result<(), String> {
    if (1..=VERSION_MAX).contains(&version) { Ok(()) } else { Err(format!("`version` must be 1 to {VERSION_MAX}")) }
}

fn check_time(field: &str, time_ms: u64) -> Result<(), String> {
    if time_ms <= TIME_MS_MAX { Ok(()) } else { Err(format!("`{field}` lies after the year 9999")) }
}

fn check_count(what: &str, count: usize, least: usize, most: usize) -> Result<(), String> {
    if (least..=most).contains(&count) { Ok(()) } else { Err(format!("{what}: {count}, must be {least} to {most}")) }
}

/// The beginning of a text of any length.
fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}
