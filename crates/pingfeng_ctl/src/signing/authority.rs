//! `pingfengctl root` and `pingfengctl roster`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use clap::Subcommand;
use pingfeng_content::Lang;
use pingfeng_release::trust::{Envelope, Person, Pin, PublicKey, Role, Root, Roster, SigningKeyOf, Statement as _};
use serde::Deserialize;

use super::{Language, Signer, date, ensure_new, kind_word, moment_ms, read, sign_and_write, write};

const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1000;
/// A roster that lives longer leaves a lost key in use, and devices that hear nothing new unaware of it, for too long.
const ROSTER_LIFE_ADVISED_MS: u64 = 2 * YEAR_MS;

#[derive(Subcommand)]
pub(crate) enum RootOrder {
    /// Write the first root of a site, to be signed by its keys.
    New {
        /// Id of the site.
        #[arg(long)]
        site: String,
        #[command(flatten)]
        keys: RootKeys,
        #[command(flatten)]
        language: Language,
    },
    /// Write the next root: new keys, another threshold, or a later end. Old and new keys sign it.
    Rotate {
        /// The present root.
        root: PathBuf,
        #[command(flatten)]
        keys: RootKeys,
        #[command(flatten)]
        language: Language,
    },
    /// Add a signature to a root.
    Sign {
        /// The file that `root new` or `root rotate` wrote.
        root: PathBuf,
        #[command(flatten)]
        signer: Signer,
        #[command(flatten)]
        language: Language,
    },
    /// Print what a root says and who has signed it.
    Show {
        /// The root.
        root: PathBuf,
        #[command(flatten)]
        language: Language,
    },
}

#[derive(clap::Args)]
pub(crate) struct RootKeys {
    /// Public half of a root key, as `key new` printed it; give each once.
    #[arg(long = "public", required = true)]
    keys: Vec<PublicKey>,
    /// How many of them must sign.
    #[arg(long)]
    threshold: usize,
    /// When it ends: a day such as 2036-11-01.
    #[arg(long, value_parser = moment_ms)]
    expires: u64,
    /// The file to write; never one that is there.
    #[arg(long)]
    out: PathBuf,
}

#[derive(Subcommand)]
pub(crate) enum RosterOrder {
    /// Look for mistakes in a roster. Exit code 1 if there are errors.
    Validate {
        /// The roster as people edit it: TOML.
        roster: PathBuf,
        #[command(flatten)]
        language: Language,
    },
    /// Write a roster as it is to be signed.
    Make {
        /// The roster as people edit it: TOML.
        roster: PathBuf,
        /// The file to write; never one that is there.
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        language: Language,
    },
    /// Add a signature of a root key to a roster.
    Sign {
        /// The file that `roster make` wrote.
        roster: PathBuf,
        #[command(flatten)]
        signer: Signer,
        #[command(flatten)]
        language: Language,
    },
    /// Print what a roster says and which keys have signed it.
    Show {
        /// The file that `roster make` wrote.
        roster: PathBuf,
        #[command(flatten)]
        language: Language,
    },
}

pub(super) fn root(order: RootOrder) -> Result<bool> {
    match order {
        RootOrder::New { site, keys, language } => {
            let RootKeys { keys, threshold, expires, out } = keys;
            new_root(&Root::new(&site, expires, keys, threshold), &out, language.lang.into())?;
        }
        RootOrder::Rotate { root, keys, language } => {
            let (_, present) = read::<Root>(&root)?;
            let RootKeys { keys, threshold, expires, out } = keys;
            let next = Root { version: present.version + 1, expires_at_ms: expires, keys, threshold, ..present };
            new_root(&next, &out, language.lang.into())?;
        }
        RootOrder::Sign { root, signer, language } => {
            let lang = language.lang.into();
            let (envelope, statement) = read::<Root>(&root)?;
            show_root(&envelope, &statement, lang);
            sign_and_write(envelope, &signer.open(lang)?, &root, lang)?;
        }
        RootOrder::Show { root, language } => {
            let (envelope, statement) = read::<Root>(&root)?;
            show_root(&envelope, &statement, language.lang.into());
        }
    }
    Ok(true)
}

fn new_root(root: &Root, out: &Path, lang: Lang) -> Result<()> {
    ensure_new(out)?;
    root.check().map_err(anyhow::Error::msg)?;
    if root.threshold == 1 {
        match lang {
            Lang::ZhCn => eprintln!("注意：门限为 1，一把根密钥失窃就能换掉整个名册；建议 2"),
            Lang::En => {
                eprintln!("warning: with a threshold of 1, whoever steals one root key has the roster; 2 is better")
            }
        }
    }
    let envelope = root.envelope();
    write(out, &envelope)?;
    show_root(&envelope, root, lang);
    match lang {
        Lang::ZhCn => eprintln!("{}：待签名。各持有人运行 pingfengctl root sign", out.display()),
        Lang::En => eprintln!("{}: to be signed; each keeper runs pingfengctl root sign", out.display()),
    }
    Ok(())
}

fn show_root(envelope: &Envelope, root: &Root, lang: Lang) {
    let head = head(envelope, &root.site, root.version, root.expires_at_ms, lang);
    match lang {
        Lang::ZhCn => println!("{head}，须 {} 把密钥签名", root.threshold),
        Lang::En => println!("{head}, {} keys must sign", root.threshold),
    }
    for key in &root.keys {
        println!("{} {} {key}", mark(envelope, key), key.id());
    }
    others(envelope, &root.keys.iter().collect::<Vec<_>>());
}

fn head(envelope: &Envelope, site: &str, version: u64, expires_at_ms: u64, lang: Lang) -> String {
    let (kind, fingerprint, end) = (kind_word(envelope.kind(), lang), envelope.fingerprint(), date(expires_at_ms));
    match lang {
        Lang::ZhCn => format!("{kind} {site} 第 {version} 版，指纹 {fingerprint}，{end} 到期"),
        Lang::En => format!("{kind} of {site}, version {version}, fingerprint {fingerprint}, ends {end}"),
    }
}

/// Whether the envelope names the key; whether its signature is right is what `check` says.
fn mark(envelope: &Envelope, key: &PublicKey) -> char {
    if envelope.signatures().iter().any(|signature| signature.key == key.id()) { '✓' } else { '·' }
}

/// Signatures by keys that are not listed: of a rotated root, those of the one before.
fn others(envelope: &Envelope, listed: &[&PublicKey]) {
    for signature in envelope.signatures() {
        if !listed.iter().any(|key| key.id() == signature.key) {
            println!("✓ {}", signature.key);
        }
    }
}

pub(super) fn roster(order: RosterOrder, now_ms: u64) -> Result<bool> {
    match order {
        RosterOrder::Validate { roster, language } => validated(&roster, now_ms, language.lang.into()).map(|_| true),
        RosterOrder::Make { roster, out, language } => {
            let lang = language.lang.into();
            let roster = validated(&roster, now_ms, lang)?;
            ensure_new(&out)?;
            let envelope = roster.envelope();
            write(&out, &envelope)?;
            show_roster(&envelope, &roster, lang);
            match lang {
                Lang::ZhCn => eprintln!("{}：待签名。根密钥持有人运行 pingfengctl roster sign", out.display()),
                Lang::En => {
                    eprintln!("{}: to be signed; the keepers of the root run pingfengctl roster sign", out.display())
                }
            }
            Ok(true)
        }
        RosterOrder::Sign { roster, signer, language } => {
            let lang = language.lang.into();
            let (envelope, statement) = read::<Roster>(&roster)?;
            // Whoever signs sees what: the file may have been changed since it was made.
            show_roster(&envelope, &statement, lang);
            sign_and_write(envelope, &signer.open(lang)?, &roster, lang)?;
            Ok(true)
        }
        RosterOrder::Show { roster, language } => {
            let (envelope, statement) = read::<Roster>(&roster)?;
            show_roster(&envelope, &statement, language.lang.into());
            Ok(true)
        }
    }
}

/// A roster as people edit it. Times are days, and a key may be its line alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edited {
    site: String,
    version: u64,
    expires: toml::value::Datetime,
    people: Vec<EditedPerson>,
    classes: BTreeMap<String, Vec<Role>>,
    #[serde(default)]
    exhibitions: BTreeMap<String, Pin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditedPerson {
    id: String,
    roles: Vec<Role>,
    #[serde(default)]
    keys: Vec<EditedKey>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum EditedKey {
    Line(PublicKey),
    Passkey(SigningKeyOf),
}

/// Reads a roster and says what is wrong with it; an error if it cannot be used.
fn validated(path: &Path, now_ms: u64, lang: Lang) -> Result<Roster> {
    let named = || path.display().to_string();
    let text = fs::read_to_string(path).with_context(named)?;
    let edited: Edited = toml::from_str(&text).with_context(named)?;
    let expires_at_ms = moment_ms(&edited.expires.to_string()).map_err(|error| anyhow!("`expires`: {error}"))?;
    let person = |person: EditedPerson| Person {
        id: person.id,
        roles: person.roles.into_iter().collect(),
        keys: person
            .keys
            .into_iter()
            .map(|key| match key {
                EditedKey::Line(key) => SigningKeyOf::file(key),
                EditedKey::Passkey(key) => key,
            })
            .collect(),
    };
    let roster = Roster {
        v: 1,
        site: edited.site,
        version: edited.version,
        created_at_ms: now_ms,
        expires_at_ms,
        people: edited.people.into_iter().map(person).collect(),
        classes: edited.classes,
        exhibitions: edited.exhibitions,
    };
    roster.check().map_err(anyhow::Error::msg).with_context(named)?;
    let errors = findings(&roster, now_ms, lang);
    if errors > 0 {
        match lang {
            Lang::ZhCn => bail!("{} 有 {errors} 处错误", path.display()),
            Lang::En => bail!("{} has {errors} errors", path.display()),
        }
    }
    Ok(roster)
}

/// What a roster allows and would not help anybody. Prints, and returns how many errors there are.
fn findings(roster: &Roster, now_ms: u64, lang: Lang) -> usize {
    let mut errors = 0;
    for class in roster.classes.keys() {
        let lacking = roster.lacking(class);
        if lacking.is_empty() {
            continue;
        }
        errors += 1;
        let stages: Vec<&str> = lacking.iter().map(|stage| stage.word(lang)).collect();
        match lang {
            Lang::ZhCn => eprintln!(
                "错误：类别 `{class}` 永远签不齐，{}没有另外的人可签：给别人这个角色和密钥，或减少环节",
                stages.join("、")
            ),
            Lang::En => eprintln!(
                "error: `{class}` can never be signed: nobody is left for {}. Give somebody else the role and a key, or ask for fewer stages",
                stages.join(", ")
            ),
        }
    }
    let without =
        |role: Role| roster.people.iter().all(|person| !person.roles.contains(&role) || person.keys.is_empty());
    let warn = |zh: String, en: String| match lang {
        Lang::ZhCn => eprintln!("注意：{zh}"),
        Lang::En => eprintln!("warning: {en}"),
    };
    for person in &roster.people {
        let signs = person.roles.iter().any(|role| role.is_stage() || *role == Role::DutyOfficer);
        if signs && person.keys.is_empty() {
            warn(format!("`{}` 要签名却没有密钥", person.id), format!("`{}` is to sign and has no key", person.id));
        }
    }
    if without(Role::DutyOfficer) {
        warn("没有值班人员：不能发通知".into(), "there is no duty officer: no notices can be signed".into());
    }
    for role in Role::ALL.into_iter().filter(|role| role.is_stage()) {
        let asked = roster.classes.values().any(|stages| stages.contains(&role));
        let count = roster.people.iter().filter(|p| p.roles.contains(&role) && !p.keys.is_empty()).count();
        if asked && count == 1 {
            warn(
                format!("{}只有一人：这人不在时什么也发不出去", role.word(Lang::ZhCn)),
                format!(
                    "one person alone can do the {}: nothing is published while they are away",
                    role.word(Lang::En)
                ),
            );
        }
    }
    if roster.classes.len() > 1 && roster.exhibitions.is_empty() {
        warn(
            "没有 [exhibitions]：编辑可以给任何展览选最省事的类别".into(),
            "there is no [exhibitions]: an author may pick the easiest class for any exhibition".into(),
        );
    }
    if roster.expires_at_ms > now_ms.saturating_add(ROSTER_LIFE_ADVISED_MS) {
        warn(
            "有效期超过两年：密钥丢失后太久才会失效".into(),
            "it lives for more than two years: a lost key would be good for too long".into(),
        );
    }
    errors
}

fn show_roster(envelope: &Envelope, roster: &Roster, lang: Lang) {
    println!("{}", head(envelope, &roster.site, roster.version, roster.expires_at_ms, lang));
    let separator = if lang == Lang::ZhCn { "、" } else { ", " };
    let words =
        |roles: &mut dyn Iterator<Item = &Role>| roles.map(|role| role.word(lang)).collect::<Vec<_>>().join(separator);
    for person in &roster.people {
        println!("{:<16} {}", person.id, words(&mut person.roles.iter()));
        for key in &person.keys {
            println!("  {} {}", key.key.id(), key.rp_id.as_deref().unwrap_or(key.key.algorithm()));
        }
    }
    for (class, stages) in &roster.classes {
        println!("{class:<16} {}", words(&mut stages.iter()));
    }
    for (exhibition, pin) in &roster.exhibitions {
        let least = pin.least_version.map_or(String::new(), |version| format!(" ≥ {version}"));
        println!("{exhibition:<16} {}{least}", pin.class.as_deref().unwrap_or("-"));
    }
    others(envelope, &[]);
}
