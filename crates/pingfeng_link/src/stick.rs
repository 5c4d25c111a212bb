//! A stick, or a folder, that somebody brings to a screen without a network.
//!
//! ```text
//! pingfeng/<name>.pfr            a release, as `pingfengctl pack` writes it
//! pingfeng/<name>.approval.json     who has signed for it; without it the release is not taken
//! pingfeng/trust/root.<n>.json      roots above the one that the device knows, in their order
//! pingfeng/trust/roster.json        the newest roster
//! pingfeng/records/<device>-….p7m   written by the device: its records, signed by it (PKCS #7) and encrypted to the hub (CMS)
//! pingfeng/records/<device>.ack.p7s read by the device: what the hub has of them, signed by the hub (PKCS #7)
//! ```
//!
//! Nothing on a stick is believed: the release passes the guard like one that came over the network. A device that takes
//! its hub's word alone takes nothing from a stick, because a stick is not the hub.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use openssl::cms::{CMSOptions, CmsContentInfo};
use openssl::error::ErrorStack;
use openssl::pkcs7::{Pkcs7, Pkcs7Flags};
use openssl::pkey::PKey;
use openssl::stack::Stack;
use openssl::symm::Cipher;
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;
use pingfeng_content::model::{Lang, Text};
use pingfeng_release::BlobHash;
use pingfeng_release::chunk::Entry;
use pingfeng_release::pack::{Pack, PackError, Pieces};
use pingfeng_release::store::{OpenRelease, Plan, Store, Wanted};
use pingfeng_wire::{Ack, Offer, Record, Records, ReleaseRef, TrustDocuments, VERSION, limits};

use crate::clock::Clock;
use crate::identity::Identity;
use crate::machine::JobError;
use crate::watch::Watch;

/// The folder on a stick.
pub const STICK_FOLDER: &str = "pingfeng";
/// Packs that are looked at on one stick.
const PACKS_MAX: usize = 16;
/// Bytes taken in one step, so that the disk's thread can do something else in between.
const STEP_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of a document of trust: see `pingfeng_release::trust`.
const DOCUMENT_BYTES_MAX: u64 = 256 * 1024;
/// Bytes of the hub's answer about records.
const ACK_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Records that go onto a stick at once; the rest with the next one.
pub(crate) const EXPORT_RECORDS_MAX: usize = 20_000;
/// How often the folders are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Entries of a folder that are looked at.
const ENTRIES_MAX: usize = 64;

/// A stick came or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stick {
    Found(PathBuf),
    Gone(PathBuf),
}

/// Looks for sticks below some folders, on a thread of its own: a folder of a broken stick may take its time.
#[derive(Debug)]
pub(crate) struct Scanner {
    stop: Arc<AtomicBool>,
    wake: mpsc::SyncSender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Scanner {
    /// Starts to look. `say` is called from the scanner's thread and must not wait.
    pub(crate) fn start(folders: Vec<PathBuf>, say: impl Fn(Stick) + Send + 'static) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (wake, sleep) = mpsc::sync_channel(1);
        let stopped = stop.clone();
        let thread = std::thread::Builder::new().name("pingfeng-stick".into()).spawn(move || {
            let mut present: Vec<PathBuf> = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                let now = sticks(&folders);
                for gone in present.iter().filter(|path| !now.contains(path)) {
                    say(Stick::Gone(gone.clone()));
                }
                for found in now.iter().filter(|path| !present.contains(path)) {
                    say(Stick::Found(found.clone()));
                }
                present = now;
                // Woken by the end, or by time.
                let _ = sleep.recv_timeout(LOOK_EVERY);
            }
        })?;
        Ok(Self { stop, wake, thread: Some(thread) })
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.wake.try_send(());
        // A thread that hangs on a broken stick is left to the system.
        self.thread.take();
    }
}

/// Folders named [`STICK_FOLDER`] in, one below, or two below each of `folders`: where systems mount sticks.
fn sticks(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in folders {
        let mut level = vec![folder.clone()];
        for _ in 0..3 {
            found.extend(level.iter().map(|folder| folder.join(STICK_FOLDER)).filter(|path| path.is_dir()));
            level = level.iter().flat_map(|folder| folders_in(folder)).collect();
        }
    }
    found.sort();
    found.dedup();
    found
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(ENTRIES_MAX);
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name != OsStr::new(STICK_FOLDER));
    entries.map(|entry| entry.path()).filter(|path| path.is_dir() && !path.is_symlink() && named(path)).collect()
}

/// A stick that is being read.
pub(crate) struct Importing {
    folder: PathBuf,
    /// Packs that may be looked at, with their approvals.
    packs: VecDeque<(Pack, String)>,
    chosen: Option<Chosen>,
    refused: Option<Text>,
    done_bytes: u64,
    total_bytes: u64,
}

struct Chosen {
    pack: Pack,
    offer: Offer,
    wanted: Wanted,
    missing: VecDeque<Entry>,
}

impl std::fmt::Debug for Importing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Importing").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// A step of reading a stick.
#[derive(Debug)]
pub(crate) enum ImportStep {
    Working {
        done_bytes: u64,
        total_bytes: u64,
    },
    /// A release is on the disk, whole and signed.
    Staged {
        offer: Offer,
        release: OpenRelease,
    },
    /// There is nothing new for this device.
    Nothing,
    /// What is there is not taken.
    Refused(Text),
}

fn text(zh: impl Into<String>, en: impl Into<String>) -> Text {
    let mut text = Text::zh(zh);
    text.other.insert(Lang::En, en.into());
    text
}

impl Importing {
    /// Looks what is on a stick. Documents of trust are taken first, because the release may need them.
    pub(crate) fn begin(folder: PathBuf, store: &mut Store, watch: &mut Watch, clock: &dyn Clock) -> Result<Self, Text> {
        let trust = folder.join("trust");
        let mut roots = Vec::new();
        let known = watch.report(store, clock).versions.root;
        for version in (known + 1..).take(limits::ROOTS_MAX) {
            match read_bounded(&trust.join(format!("root.{version}.json")), DOCUMENT_BYTES_MAX) {
                Some(root) => roots.push(root),
                None => break,
            }
        }
        let roster = read_bounded(&trust.join("roster.json"), DOCUMENT_BYTES_MAX);
        if known > 0 && (roster.is_some() || !roots.is_empty()) {
            watch.take_documents(store, &TrustDocuments { v: VERSION, roots, roster }, clock);
        }

        let mut packs = VecDeque::new();
        let mut broken = None;
        let entries = fs::read_dir(&folder).map_err(|error| {
            text(format!("U 盘读不出来：{error}。请拔下后重新插入，或换一个。"), format!("The stick cannot be read: {error}. Pull it out and put it in again, or take another."))
        })?;
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(|path| path.extension() == Some(OsStr::new("pfr"))).collect();
        paths.sort();
        for path in paths.into_iter().take(PACKS_MAX) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let approval = read_bounded(&path.with_extension("approval.json"), limits::ENVELOPE_BYTES_MAX as u64);
            match Pack::open(&path) {
                Ok(pack) => packs.push_back((pack, approval.unwrap_or_default())),
                Err(error) => broken = Some(damaged(&name, &error)),
            }
        }
        if let (true, Some(broken)) = (packs.is_empty(), broken) {
            return Err(broken);
        }
        Ok(Self { folder, packs, chosen: None, refused: None, done_bytes: 0, total_bytes: 0 })
    }

    /// One step further.
    pub(crate) fn step(
        &mut self,
        store: &mut Store,
        watch: &mut Watch,
        clock: &dyn Clock,
    ) -> Result<ImportStep, JobError> {
        if self.chosen.is_none() {
            self.choose(store, watch, clock);
        }
        let Some(chosen) = &mut self.chosen else {
            return Ok(self.refused.take().map_or(ImportStep::Nothing, ImportStep::Refused));
        };
        if chosen.missing.is_empty() {
            match store.plan(&chosen.wanted)? {
                Plan::Working { .. } => {}
                Plan::Complete => {
                    let release = store.stage(&chosen.wanted.release)?;
                    return Ok(ImportStep::Staged { offer: chosen.offer.clone(), release });
                }
                Plan::Missing(missing) => {
                    self.total_bytes = self.done_bytes + missing.iter().map(|entry| u64::from(entry.len)).sum::<u64>();
                    chosen.missing = missing.into();
                }
            }
        }
        let (mut pieces, mut bytes) = (Vec::new(), 0);
        while bytes < STEP_BYTES
            && let Some(entry) = chosen.missing.pop_front()
        {
            let piece = match chosen.pack.piece(&entry.name) {
                Ok(Some(piece)) => piece,
                Ok(None) => return Ok(ImportStep::Refused(damaged("", &PackError::Missing(entry.name)))),
                Err(error) => return Ok(ImportStep::Refused(damaged("", &error))),
            };
            bytes += piece.len();
            pieces.push(piece);
        }
        if !pieces.is_empty() {
            self.done_bytes += store.take_pieces(pieces)?.bytes;
        }
        Ok(ImportStep::Working { done_bytes: self.done_bytes, total_bytes: self.total_bytes.max(self.done_bytes) })
    }

    /// The newest release that the guard would let through and that is not shown already.
    fn choose(&mut self, store: &mut Store, watch: &mut Watch, clock: &dyn Clock) {
        let mut best: Option<Chosen> = None;
        while let Some((pack, approval)) = self.packs.pop_front() {
            let (manifest, bytes) = match pack.manifest() {
                Ok(manifest) => manifest,
                Err(error) => {
                    self.refused.get_or_insert(damaged("", &error));
                    continue;
                }
            };
            let (tree, manifest_size_bytes) = pack.manifest_tree();
            let release = pack.release().clone();
            if store.active().is_some_and(|active| *active.id() == release) {
                continue;
            }
            let offer = Offer {
                release: ReleaseRef {
                    id: release.0.clone(),
                    exhibition: manifest.exhibition.clone(),
                    version: manifest.version,
                    manifest_size_bytes,
                },
                manifest_root: tree.root.to_string(),
                manifest_depth: tree.depth,
                approval: (!approval.is_empty()).then_some(approval),
            };
            if let Err(refusal) = watch.would_accept_from_stick(&offer, &bytes, clock) {
                self.refused.get_or_insert(refusal);
                continue;
            }
            if best.as_ref().is_none_or(|best| manifest.version > best.offer.release.version) {
                let wanted =
                    Wanted { release, manifest_size_bytes, manifest_root: tree.root, manifest_depth: tree.depth };
                best = Some(Chosen { pack, offer, wanted, missing: VecDeque::new() });
            }
        }
        self.chosen = best;
    }
}

fn damaged(name: &str, error: &PackError) -> Text {
    text(
        format!("U 盘上的版本包{name}不完整或已损坏（{error}）。请在中枢重新导出。"),
        format!("The pack {name} on the stick is incomplete or damaged ({error}). Export it again at the hub."),
    )
}

fn read_bounded(path: &Path, bytes_max: u64) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(bytes_max + 1).read_to_string(&mut text).ok()?;
    (text.len() as u64 <= bytes_max).then_some(text)
}

/// Why records could not go onto a stick, or come back from it.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// The stick is full, or cannot be written.
    #[error("the stick cannot be written: {0}")]
    Io(#[from] io::Error),
    /// A certificate or key of the device is not usable.
    #[error("the records could not be sealed: {0}")]
    Seal(#[from] ErrorStack),
    /// Records always become JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// Writes records onto a stick: signed by the device, so that the hub knows whose they are, and encrypted to the hub, so
/// that nobody else reads them. The file is there whole or not at all.
///
/// # Errors
/// When the stick takes no more, or the device's certificate is none.
pub fn carry_out(folder: &Path, identity: &Identity, records: Vec<Record>) -> Result<PathBuf, CarryError> {
    let plain = serde_json::to_vec(&Records { v: VERSION, records })?;
    let sealed = seal(identity, &plain)?;
    let folder = folder.join("records");
    fs::create_dir_all(&folder)?;
    // The name says what is in it, so that the same records twice are one file.
    let path = folder.join(format!("{}-{:.16}.p7m", identity.device, BlobHash::of(&plain).0));
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(&sealed).and_then(|()| file.sync_all())?;
    fs::rename(&temporary, &path)?;
    File::open(&folder)?.sync_all()?;
    Ok(path)
}

fn seal(identity: &Identity, plain: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let certificate = X509::from_pem(identity.certificate_pem.as_bytes())?;
    let key = PKey::private_key_from_pem(identity.key_pem.as_bytes())?;
    let signed = Pkcs7::sign(&certificate, &key, Stack::new()?.as_ref(), plain, Pkcs7Flags::BINARY)?.to_der()?;
    let mut hub = Stack::new()?;
    hub.push(X509::from_pem(identity.authority_pem.as_bytes())?)?;
    CmsContentInfo::encrypt(&hub, &signed, Cipher::aes_256_cbc(), CMSOptions::BINARY)?.to_der()
}

/// What the hub says of records that were carried to it, if it has put its answer on the stick. Only the hub that this
/// device is enrolled at can have signed it.
pub(crate) fn carried_back(folder: &Path, identity: &Identity) -> Option<Ack> {
    let path = folder.join("records").join(format!("{}.ack.p7s", identity.device));
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(ACK_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    open_ack(&bytes, &identity.authority_pem)
}

fn open_ack(bytes: &[u8], authority_pem: &str) -> Option<Ack> {
    let authority = X509::from_pem(authority_pem.as_bytes()).ok()?;
    let signed = Pkcs7::from_der(bytes).ok()?;
    let mut signers = Stack::new().ok()?;
    signers.push(authority).ok()?;
    let nobody_else = X509StoreBuilder::new().ok()?.build();
    let mut plain = Vec::new();
    // Only the authority itself, whose certificate is here; certificates that came along are not looked at.
    let flags = Pkcs7Flags::NOINTERN | Pkcs7Flags::NOVERIFY | Pkcs7Flags::BINARY;
    signed.verify(&signers, &nobody_else, None, Some(&mut plain), flags).ok()?;
    serde_json::from_slice(&plain).ok()
}
