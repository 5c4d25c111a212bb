//! `pingfengctl key`, `root`, `roster`, `approve`, `check` and `notice`: what people who hold keys do at their own
//! machines. Nothing here talks to a hub: envelopes are files that are carried there and back.

mod approval;
mod authority;
mod keys;

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use clap::Subcommand;
use pingfeng_content::Lang;
use pingfeng_release::trust::{AUTHORITY_ENVELOPE_BYTES_MAX, Envelope, FileKey, PayloadKind, Statement};

use crate::Tongue;

/// Orders about keys and signatures.
#[derive(Subcommand)]
pub(crate) enum Order {
    /// Keys of people: files under a passphrase.
    #[command(subcommand)]
    Key(keys::Order),
    /// The site's root: the keys that everything goes back to.
    #[command(subcommand)]
    Root(authority::RootOrder),
    /// The roster: who may do what.
    #[command(subcommand)]
    Roster(authority::RosterOrder),
    /// Sign that a release may be shown. Adds to the envelope where there is one.
    Approve(approval::Approve),
    /// Say what a device would say of a release. Exit code 1 if it would refuse it.
    Check(approval::Check),
    /// Words for the screens, signed by a duty officer.
    #[command(subcommand)]
    Notice(approval::NoticeOrder),
}

/// The key to sign with.
#[derive(clap::Args)]
pub(crate) struct Signer {
    /// A key file that `key new` wrote.
    #[arg(long)]
    key: PathBuf,
    /// A file whose first line is the passphrase; without it the terminal asks.
    #[arg(long, env = "PINGFENG_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct Language {
    #[arg(long, value_enum, env = "PINGFENG_LANG", default_value_t = Tongue::Zh)]
    lang: Tongue,
}

/// Does it; false where a check has failed.
pub(crate) fn run(order: Order, now_ms: u64) -> Result<bool> {
    match order {
        Order::Key(order) => keys::run(order),
        Order::Root(order) => authority::root(order),
        Order::Roster(order) => authority::roster(order, now_ms),
        Order::Approve(order) => approval::approve(order),
        Order::Check(order) => approval::check(order, now_ms),
        Order::Notice(order) => approval::notice(order, now_ms),
    }
}

impl Signer {
    fn open(&self, lang: Lang) -> Result<FileKey> {
        keys::open(&self.key, self.passphrase_file.as_deref(), lang)
    }
}

/// Reads an envelope of this kind, and what it says.
fn read<S: Statement>(path: &Path) -> Result<(Envelope, S)> {
    let named = || path.display().to_string();
    let envelope = Envelope::parse(&small_file(path)?, S::KIND).with_context(named)?;
    let statement = S::of(&envelope).map_err(anyhow::Error::msg).with_context(named)?;
    Ok((envelope, statement))
}

/// The bytes of a file that no honest envelope is larger than.
fn small_file(path: &Path) -> Result<Vec<u8>> {
    let size_bytes = fs::metadata(path).with_context(|| path.display().to_string())?.len();
    let limit_bytes = AUTHORITY_ENVELOPE_BYTES_MAX;
    ensure!(size_bytes <= limit_bytes as u64, "{} has {size_bytes} bytes, at most {limit_bytes}", path.display());
    fs::read(path).with_context(|| path.display().to_string())
}

/// Signs, and writes the envelope beside its name before it takes the name.
fn sign_and_write(mut envelope: Envelope, key: &FileKey, path: &Path, lang: Lang) -> Result<()> {
    let signature = key.sign(&envelope);
    ensure!(envelope.add(signature), "{} has no room for another signature", path.display());
    write(path, &envelope)?;
    let (id, count) = (key.public().id(), envelope.signatures().len());
    match lang {
        Lang::ZhCn => eprintln!("{}：已用密钥 {id} 签名，共 {count} 个签名", path.display()),
        Lang::En => eprintln!("{}: signed with key {id}, {count} signatures in all", path.display()),
    }
    Ok(())
}

fn write(path: &Path, envelope: &Envelope) -> Result<()> {
    let part = path.with_extension("part");
    let written = (|| {
        let mut file = File::create(&part)?;
        file.write_all(&envelope.to_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&part, path)
    })();
    written.with_context(|| path.display().to_string())
}

/// A new envelope never takes the place of another file.
fn ensure_new(path: &Path) -> Result<()> {
    ensure!(!path.exists(), "{} is there already; choose another name", path.display());
    Ok(())
}

/// Midnight UTC of a day, or a moment with its zone, as milliseconds since 1970.
fn moment_ms(text: &str) -> Result<u64, String> {
    let moment = text.parse::<jiff::Timestamp>().or_else(|_| {
        let day: jiff::civil::Date = text.parse()?;
        Ok::<_, jiff::Error>(day.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp())
    });
    let moment = moment.map_err(|_| "write a day such as 2027-11-01, or 2027-11-01T18:00:00+08:00".to_owned())?;
    u64::try_from(moment.as_millisecond()).map_err(|_| "it lies before 1970".to_owned())
}

/// A moment as people read it.
pub(crate) fn date(ms: u64) -> String {
    let moment = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    moment.map_or_else(|| "?".to_owned(), |moment| moment.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// A word for the kind of an envelope.
fn kind_word(kind: PayloadKind, lang: Lang) -> &'static str {
    match (kind, lang) {
        (PayloadKind::Root, Lang::ZhCn) => "根密钥",
        (PayloadKind::Roster, Lang::ZhCn) => "名册",
        (PayloadKind::Approval, Lang::ZhCn) => "审核签名",
        (PayloadKind::Notice, Lang::ZhCn) => "通知",
        (PayloadKind::Root, Lang::En) => "root",
        (PayloadKind::Roster, Lang::En) => "roster",
        (PayloadKind::Approval, Lang::En) => "approval",
        (PayloadKind::Notice, Lang::En) => "notice",
    }
}
