//! `pingfengctl approve`, `check` and `notice`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Subcommand, ValueEnum};
use pingfeng_content::{Lang, Text};
use pingfeng_release::{
    BlobHash, Manifest,
    store::{MANIFEST_BYTES_MAX, accept_manifest, this_runtime},
    trust::{Approval, ApprovalKind, Facts, Notice, Refusal, Severity, Statement as _, TrustState},
};

use super::{Language, Signer, date, ensure_new, moment_ms, read, sign_and_write, small_file};
use crate::release::Release;

#[derive(clap::Args)]
pub(crate) struct Approve {
    /// The folder that `build --out` wrote, a pack, or a manifest.
    release: PathBuf,
    #[command(flatten)]
    signer: Signer,
    /// The envelope that others have signed already; yours is added to it.
    #[arg(long)]
    envelope: Option<PathBuf>,
    /// Where to write the envelope; without it, where `--envelope` came from.
    #[arg(long, required_unless_present = "envelope")]
    out: Option<PathBuf>,
    /// Id of the site; an envelope says it already.
    #[arg(long, required_unless_present = "envelope")]
    site: Option<String>,
    /// Sign that screens may go back to this release, from the highest version published until now.
    #[arg(long, value_name = "VERSION", conflicts_with = "envelope")]
    way_back_from: Option<u64>,
    #[command(flatten)]
    language: Language,
}

#[derive(clap::Args)]
pub(crate) struct Check {
    /// The folder that `build --out` wrote, a pack, or a manifest.
    release: PathBuf,
    /// The roots of the site, the one that the device was enrolled with first.
    #[arg(long = "root", required = true)]
    roots: Vec<PathBuf>,
    /// The roster.
    #[arg(long)]
    roster: PathBuf,
    /// The envelope with the approval.
    #[arg(long)]
    envelope: PathBuf,
    /// A group of the device; give each once.
    #[arg(long = "group")]
    groups: Vec<String>,
    /// Version of the device's program; without it, of this one.
    #[arg(long)]
    runtime: Option<String>,
    /// The device's clock; without it, this machine's.
    #[arg(long, value_parser = moment_ms)]
    at: Option<u64>,
    #[command(flatten)]
    language: Language,
}

#[derive(Subcommand)]
pub(crate) enum NoticeOrder {
    /// Write and sign a notice.
    Sign {
        /// Id of the site.
        #[arg(long)]
        site: String,
        /// ASCII name of the notice.
        #[arg(long)]
        id: String,
        /// The words, at most 120 characters in three lines.
        #[arg(long)]
        zh: String,
        /// The same in English.
        #[arg(long)]
        en: Option<String>,
        /// How urgent it looks.
        #[arg(long, value_enum, default_value_t = Urgency::Info)]
        severity: Urgency,
        /// How long it stays, from now on: at most 24 hours.
        #[arg(long, default_value_t = 2)]
        hours: u64,
        /// A group that shows it; give each once. Without it, all do.
        #[arg(long = "group")]
        groups: Vec<String>,
        /// The file to write; never one that is there.
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        signer: Signer,
        #[command(flatten)]
        language: Language,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Urgency {
    Info,
    Warning,
    Danger,
}

/// The manifest of a release, with the bytes that name it.
fn manifest(path: &Path) -> Result<(Manifest, Vec<u8>)> {
    let named = || path.display().to_string();
    // A manifest alone is enough: it is all that is signed, and reviewers may have looked at the pages elsewhere.
    if path.extension().is_some_and(|extension| extension == "json") {
        let size_bytes = fs::metadata(path).with_context(named)?.len();
        ensure!(size_bytes <= MANIFEST_BYTES_MAX, "{} has {size_bytes} bytes", path.display());
        let bytes = fs::read(path).with_context(named)?;
        return Ok((accept_manifest(&bytes).with_context(named)?, bytes));
    }
    Ok(match Release::open(path)? {
        Release::Folder { release, manifest_bytes } => (release.manifest().clone(), manifest_bytes),
        Release::Pack { pack, .. } => pack.manifest()?,
    })
}

pub(super) fn approve(order: Approve) -> Result<bool> {
    let lang: Lang = order.language.lang.into();
    let (manifest, bytes) = manifest(&order.release)?;
    let release = BlobHash::of(&bytes);
    let kind = match order.way_back_from {
        None => ApprovalKind::Release,
        Some(from_version) => ApprovalKind::Rollback { from_version },
    };
    let (envelope, approval) = match &order.envelope {
        Some(path) => {
            let (envelope, approval) = read::<Approval>(path)?;
            let ours = Approval::new(&approval.site, &release, &manifest, approval.kind);
            ensure!(ours == approval, "{} is about another release than {}", path.display(), order.release.display());
            (envelope, approval)
        }
        None => {
            let site = order.site.as_deref().unwrap_or_default();
            let approval = Approval::new(site, &release, &manifest, kind);
            approval.check().map_err(anyhow::Error::msg)?;
            (approval.envelope(), approval)
        }
    };
    let Some(out) = order.out.as_ref().or(order.envelope.as_ref()) else { bail!("--out is missing") };
    if order.envelope.as_ref() != Some(out) {
        ensure_new(out)?;
    }
    // Whoever signs sees what.
    let Approval { site, exhibition, version, class, .. } = &approval;
    match (lang, approval.kind) {
        (Lang::ZhCn, ApprovalKind::Release) => {
            println!("{release}\n场馆 {site}，展览 {exhibition} 第 {version} 版，类别 {class}");
        }
        (Lang::ZhCn, ApprovalKind::Rollback { from_version }) => println!(
            "{release}\n场馆 {site}，展览 {exhibition} 从第 {from_version} 版退回第 {version} 版，类别 {class}"
        ),
        (Lang::En, ApprovalKind::Release) => {
            println!("{release}\n{site}: {exhibition} version {version}, class {class}");
        }
        (Lang::En, ApprovalKind::Rollback { from_version }) => {
            println!("{release}\n{site}: {exhibition} back from version {from_version} to {version}, class {class}");
        }
    }
    sign_and_write(envelope, &order.signer.open(lang)?, out, lang)?;
    Ok(true)
}

pub(super) fn check(order: Check, now_ms: u64) -> Result<bool> {
    let lang: Lang = order.language.lang.into();
    let groups: BTreeSet<String> = order.groups.into_iter().collect();
    let runtime = match &order.runtime {
        None => this_runtime(),
        Some(text) => text.parse().with_context(|| format!("`{text}` is no version"))?,
    };
    let facts = Facts { groups: &groups, runtime: &runtime, now_ms: order.at.unwrap_or(now_ms), clock_trusted: true };
    // A device reads the bytes that were fetched; so does this, without believing what they say.
    let (_, manifest) = manifest(&order.release)?;
    let files = |path: &PathBuf| small_file(path);
    let said = |path: &Path, refusal: Refusal| {
        println!("{}: {} [{}]", path.display(), refusal.text().get(lang), refusal.code());
        Ok(false)
    };
    let mut state: Option<TrustState> = None;
    for path in &order.roots {
        let bytes = files(path)?;
        let taken = match &mut state {
            None => TrustState::new(&bytes).map(|new| state = Some(new)),
            Some(state) => state.take_root(&bytes).map(|_| ()),
        };
        if let Err(refusal) = taken {
            return said(path, refusal);
        }
    }
    let Some(mut state) = state else { bail!("--root is missing") };
    if let Err(refusal) = state.take_roster(&files(&order.roster)?, &facts) {
        return said(&order.roster, refusal);
    }
    let accepted = match state.accept_release(&files(&order.envelope)?, &manifest, &facts) {
        Ok(accepted) => accepted,
        Err(refusal) => return said(&order.envelope, refusal),
    };
    let Manifest { exhibition, version, class, .. } = &accepted.manifest;
    match lang {
        Lang::ZhCn => println!("{}\n可以上屏：{exhibition} 第 {version} 版，类别 {class}", accepted.release),
        Lang::En => println!("{}\nmay be shown: {exhibition} version {version}, class {class}", accepted.release),
    }
    for (stage, person) in &accepted.signed_by {
        println!("{}  {person}", stage.word(lang));
    }
    for warning in state.warnings(facts.now_ms) {
        match lang {
            Lang::ZhCn => println!("注意：{}", warning.code()),
            Lang::En => println!("warning: {}", warning.code()),
        }
    }
    Ok(true)
}

pub(super) fn notice(order: NoticeOrder, now_ms: u64) -> Result<bool> {
    let NoticeOrder::Sign { site, id, zh, en, severity, hours, groups, out, signer, language } = order;
    let lang: Lang = language.lang.into();
    ensure_new(&out)?;
    let notice = Notice {
        v: 1,
        site,
        id,
        text: Text { zh, other: en.into_iter().map(|en| (Lang::En, en)).collect() },
        severity: match severity {
            Urgency::Info => Severity::Info,
            Urgency::Warning => Severity::Warning,
            Urgency::Danger => Severity::Danger,
        },
        created_at_ms: now_ms,
        expires_at_ms: now_ms.saturating_add(hours.saturating_mul(60 * 60 * 1000)),
        groups: groups.into_iter().collect(),
    };
    notice.check().map_err(anyhow::Error::msg)?;
    println!("{}", notice.text.get(lang));
    match lang {
        Lang::ZhCn => println!("至 {}", date(notice.expires_at_ms)),
        Lang::En => println!("until {}", date(notice.expires_at_ms)),
    }
    sign_and_write(notice.envelope(), &signer.open(lang)?, &out, lang)?;
    Ok(true)
}
