//! The device's disk: releases arrive in pieces, become whole, become active, prove themselves or go back.
//!
//! ```text
//! lock                       held while a program has the store open
//! incoming/<hash>.part       bytes that are not a blob yet
//! blobs/<hh>/<hash>          whole blobs: hashed while written, synced, renamed, their folder synced
//! trees/<root>               the list of a file's chunks, so that it need not be cut again
//! releases/<id>.json         a manifest whose blobs were all there when it was written
//! quarantine/<hash>          blobs found damaged, for somebody to look at
//! active                     the pointer: what is shown, what was before, how sure we are
//! trust                      whom the device believes: root, roster, versions taken (`crate::trust`)
//! ```
//!
//! A release goes `plan` → `take` … → `plan` → `stage` → `activate` → `confirm` or `roll_back`. Cut the power between any
//! two writes of that: opening the store again finds exactly the old or the new release, and the way can be finished.

mod accept;
mod collect;
mod disk;
mod errors;
pub mod fault;
mod intake;
mod larder;
mod pointer;
mod sealed;
#[cfg(test)]
mod tests;
mod view;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::disk::At;
pub use self::{
    accept::{
        FILE_BYTES_MAX, FILES_MAX, FORMAT, GROUPS_MAX, ID_CHARS_MAX, MANIFEST_BYTES_MAX, ManifestError, PATH_BYTES_MAX,
        PICTURE_PX_MAX, RELEASE_BYTES_MAX, RIGHTS_MAX, TIME_MS_MAX, VERSION_MAX, accept_manifest, check_runtime,
        hash_is_valid, id_is_valid, this_runtime,
    },
    collect::{Collected, QUARANTINE_MAX},
    disk::{Disk, DiskError, RealDisk},
    errors::{OpenError, PlanError, PointError, StageError, TakeError},
    intake::{Plan, Taken, Wanted},
    larder::Larder,
    pointer::{Pointer, REJECTED_MAX, Rejected, Trust},
    view::{OpenRelease, ReadError},
};
use crate::{
    BlobHash, Manifest,
    trust::{STATE_BYTES_MAX, StoredTrust, TrustState},
};

/// Programs that may start on a release and end without confirming it, before the store goes back by itself.
/// Not 1: somebody may just have pulled the plug.
pub const UNCONFIRMED_STARTS_MAX: u32 = 2;

/// What an operator may set.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Bytes that fetching leaves free on the disk, for the outbox and logs.
    pub reserve_bytes: u64,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { reserve_bytes: 256 * 1024 * 1024 }
    }
}

/// What opening had to repair, for the report and the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repaired {
    /// The pointer was unreadable; the newest complete release was taken.
    PointerDamaged,
    /// Files of the active release were gone; the one before it was taken.
    ActiveIncomplete(BlobHash),
    /// Nobody confirmed the active release in [`UNCONFIRMED_STARTS_MAX`] starts; the one before it was taken.
    NeverConfirmed(BlobHash),
    /// What the device trusts was unreadable: nothing new is taken until it is enrolled again. What was shown stays.
    TrustDamaged,
}

/// The device's releases. One program has it open at a time; the link owns it, the screen has [`OpenRelease`]s.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    options: StoreOptions,
    disk: Arc<dyn Disk>,
    pointer: Pointer,
    active: Option<OpenRelease>,
    repaired: Vec<Repaired>,
    trust: StoredTrust,
    intake: Option<intake::Intake>,
    /// Held for its lock.
    _lock: File,
}

impl Store {
    /// Opens the store in `root`, making it when it is not there and repairing what a power cut left behind.
    /// While the active release is unconfirmed, each opening counts as one more program that started on it.
    pub fn open(root: &Path, options: StoreOptions, disk: Arc<dyn Disk>) -> Result<Self, OpenError> {
        let mut made = false;
        for folder in ["incoming", "blobs", "trees", "releases", "quarantine"] {
            let folder = root.join(folder);
            if !folder.is_dir() {
                disk.create_dir(&folder).at(&folder)?;
                made = true;
            }
        }
        if made {
            // Whatever is kept in a folder is only as safe as the folder's own name.
            disk.sync_dir(root).at(root)?;
        }
        let lock_path = root.join("lock");
        // Opened for reading, which is enough to lock it: a disk that has turned read-only still shows its release.
        let lock = match File::open(&lock_path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => File::create(&lock_path),
            opened => opened,
        }
        .at(&lock_path)?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => OpenError::InUse { root: root.to_owned() },
            fs::TryLockError::Error(source) => DiskError::new(&lock_path, source).into(),
        })?;
        let mut store = Self {
            root: root.to_owned(),
            options,
            disk,
            pointer: Pointer::default(),
            active: None,
            repaired: Vec::new(),
            trust: StoredTrust::Absent,
            intake: None,
            _lock: lock,
        };
        store.remove_temporary_files()?;
        store.recover()?;
        store.read_trust()?;
        Ok(store)
    }

    /// What is active in `root`, without opening the store: changes nothing and needs no lock. For `doctor`.
    pub fn peek(root: &Path) -> Result<Option<OpenRelease>, DiskError> {
        let found = match pointer::read(&root.join("active"))? {
            pointer::Read::Whole(pointer) => pointer.active,
            pointer::Read::Absent | pointer::Read::Damaged => None,
        };
        Ok(found.and_then(|id| staged_in(root, &id)))
    }

    /// Whom the device of `root` believes, without opening the store: changes nothing and needs no lock. For `doctor`.
    pub fn peek_trust(root: &Path) -> Result<StoredTrust, DiskError> {
        // The seal is one line more.
        let bytes_max = STATE_BYTES_MAX as u64 + 128;
        Ok(match sealed::read(&root.join("trust"), bytes_max)? {
            sealed::Read::Absent => StoredTrust::Absent,
            sealed::Read::Whole(json) => match TrustState::from_json(&json) {
                Some(state) => StoredTrust::Known(Box::new(state)),
                None => StoredTrust::Damaged,
            },
            sealed::Read::Damaged => StoredTrust::Damaged,
        })
    }

    fn recover(&mut self) -> Result<(), DiskError> {
        let path = self.pointer_path();
        let mut pointer = match pointer::read(&path)? {
            pointer::Read::Absent => Pointer::default(),
            pointer::Read::Whole(pointer) => pointer,
            pointer::Read::Damaged => {
                self.repaired.push(Repaired::PointerDamaged);
                Pointer { active: self.newest_staged().map(|release| release.id().clone()), ..Pointer::default() }
            }
        };
        let before = (pointer.clone(), self.repaired.len());

        if let Some(active) = pointer.active.clone()
            && staged_in(&self.root, &active).is_none()
        {
            self.repaired.push(Repaired::ActiveIncomplete(active));
            pointer.active = pointer.previous.take();
            pointer.trust = Trust::Confirmed;
        }
        if let (Trust::Confirming { starts, revision }, Some(active)) = (pointer.trust, pointer.active.clone()) {
            if starts >= UNCONFIRMED_STARTS_MAX {
                step_back(&mut pointer, "it was started and never showed good frames");
                self.repaired.push(Repaired::NeverConfirmed(active));
            } else {
                pointer.trust = Trust::Confirming { starts: starts + 1, revision };
            }
        }
        self.active = pointer.active.as_ref().and_then(|id| staged_in(&self.root, id));
        if self.active.is_none() {
            pointer.active = None;
        }
        if before != (pointer.clone(), 0) {
            match pointer::write(&*self.disk, &path, &pointer) {
                Ok(()) => {}
                // A full or read-only disk must not keep a good release from the glass.
                Err(DiskError::Full { .. } | DiskError::ReadOnly { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.pointer = pointer;
        Ok(())
    }

    /// The release to show, if there is one. Its files are all there, by name and size.
    pub fn active(&self) -> Option<&OpenRelease> {
        self.active.as_ref()
    }

    /// What the pointer says.
    pub fn pointer(&self) -> &Pointer {
        &self.pointer
    }

    /// What opening had to repair.
    pub fn repaired(&self) -> &[Repaired] {
        &self.repaired
    }

    /// Whom this device believes, as it was last stored. A damaged record stays where it is, for somebody to look at,
    /// until [`Store::set_trust`] replaces it.
    pub fn trust(&self) -> &StoredTrust {
        &self.trust
    }

    /// Stores whom this device believes, replacing what was there at once. Whatever a changed state has allowed may be
    /// activated when this has returned: else a power cut would forget that an older release was left behind.
    pub fn set_trust(&mut self, trust: &TrustState) -> Result<(), DiskError> {
        let json = trust.to_json();
        if self.trust == StoredTrust::Known(Box::new(trust.clone())) {
            return Ok(());
        }
        sealed::write(&*self.disk, &self.root.join("trust"), &json)?;
        self.trust = StoredTrust::Known(Box::new(trust.clone()));
        Ok(())
    }

    fn read_trust(&mut self) -> Result<(), DiskError> {
        self.trust = Self::peek_trust(&self.root)?;
        if self.trust == StoredTrust::Damaged {
            self.repaired.push(Repaired::TrustDamaged);
        }
        Ok(())
    }

    /// Writes down that a release is complete. From then on it may be activated, also after a restart.
    pub fn stage(&mut self, release: &BlobHash) -> Result<OpenRelease, StageError> {
        let incomplete = |count| StageError::Incomplete { release: release.clone(), count };
        let path = view::blob_path(&self.blobs(), release);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(incomplete(1)),
            bytes => bytes.at(&path)?,
        };
        if BlobHash::of(&bytes) != *release {
            self.quarantine(release)?;
            return Err(incomplete(1));
        }
        let manifest = accept_manifest(&bytes)?;
        check_runtime(&manifest, &this_runtime())?;
        let count =
            manifest.files.values().filter(|file| !blob_is_whole(&self.blobs(), &file.blob, file.size_bytes)).count();
        if count > 0 {
            return Err(incomplete(count));
        }
        let manifest_path = manifest_path(&self.root, release);
        if fs::read(&manifest_path).ok().as_deref() != Some(&bytes) {
            disk::replace_file(&*self.disk, &manifest_path, &bytes)?;
        }
        Ok(OpenRelease::over(&self.blobs(), release.clone(), manifest))
    }

    /// Makes a staged release the active one, to be confirmed. The last confirmed one stays as its predecessor.
    /// `revision`: of the target that asked for it.
    pub fn activate(&mut self, release: &BlobHash, revision: u64) -> Result<OpenRelease, PointError> {
        let staged = staged_in(&self.root, release).ok_or_else(|| PointError::NotStaged(release.clone()))?;
        let mut pointer = self.pointer.clone();
        if pointer.active.as_ref() != Some(release) {
            if pointer.trust == Trust::Confirmed {
                pointer.previous = pointer.active.take();
            }
            if pointer.previous.as_ref() == Some(release) {
                // Going back to the predecessor by a target: nothing lies behind it any more.
                pointer.previous = None;
            }
            pointer.active = Some(release.clone());
            pointer.trust = Trust::Confirming { starts: 0, revision };
            pointer.rejected.retain(|rejected| rejected.release != *release);
            self.point(pointer)?;
        }
        self.active = Some(staged.clone());
        Ok(staged)
    }

    /// The active release has shown good frames: it stays.
    pub fn confirm(&mut self) -> Result<(), PointError> {
        if self.pointer.trust == Trust::Confirmed {
            return Err(PointError::NotConfirming);
        }
        self.point(Pointer { trust: Trust::Confirmed, ..self.pointer.clone() })?;
        Ok(())
    }

    /// The active release is no good: its predecessor is active again, or nothing when there was none.
    /// `reason` is for the operator.
    pub fn roll_back(&mut self, reason: &str) -> Result<Option<OpenRelease>, PointError> {
        if self.pointer.trust == Trust::Confirmed {
            return Err(PointError::NotConfirming);
        }
        let mut pointer = self.pointer.clone();
        step_back(&mut pointer, reason);
        self.point(pointer)?;
        self.active = self.pointer.active.as_ref().and_then(|id| staged_in(&self.root, id));
        Ok(self.active.clone())
    }

    /// Goes back to the release before the active one, although that one has shown good frames: somebody wants it so.
    /// The release that is left is not taken again for `revision`. `reason` is for the operator.
    pub fn step_back(&mut self, reason: &str, revision: u64) -> Result<Option<OpenRelease>, PointError> {
        let mut pointer = self.pointer.clone();
        if pointer.previous.as_ref().is_none_or(|previous| staged_in(&self.root, previous).is_none()) {
            return Err(PointError::NothingBehind);
        }
        pointer.trust = Trust::Confirming { starts: 0, revision };
        step_back(&mut pointer, reason);
        self.point(pointer)?;
        self.active = self.pointer.active.as_ref().and_then(|id| staged_in(&self.root, id));
        Ok(self.active.clone())
    }

    /// Reads a blob of the active release and says whether it is still what it was. A damaged one is set aside, so
    /// that the next plan fetches it again.
    pub fn verify(&mut self, blob: &BlobHash) -> Result<bool, DiskError> {
        if !hash_is_valid(blob) {
            return Ok(false);
        }
        let path = view::blob_path(&self.blobs(), blob);
        let mut file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            file => file.at(&path)?,
        };
        let mut hasher = blake3::Hasher::new();
        // A read error of the medium counts as damage: the blob is fetched again to another place.
        let whole = hasher.update_reader(&mut file).is_ok() && hasher.finalize().to_hex().as_str() == blob.0;
        if !whole {
            self.quarantine(blob)?;
        }
        Ok(whole)
    }

    fn point(&mut self, pointer: Pointer) -> Result<(), DiskError> {
        pointer::write(&*self.disk, &self.pointer_path(), &pointer)?;
        self.pointer = pointer;
        Ok(())
    }

    /// True when the blob lies there with its size. One of another size is set aside.
    fn has_blob(&mut self, blob: &BlobHash, size_bytes: u64) -> Result<bool, DiskError> {
        if blob_is_whole(&self.blobs(), blob, size_bytes) {
            return Ok(true);
        }
        if view::blob_path(&self.blobs(), blob).exists() {
            self.quarantine(blob)?;
        }
        Ok(false)
    }

    /// Moves a whole, synced blob to its place.
    fn shelve(&mut self, blob: &BlobHash) -> Result<(), DiskError> {
        let target = view::blob_path(&self.blobs(), blob);
        let shelf = target.parent().unwrap_or(&self.root).to_owned();
        if !shelf.is_dir() {
            self.disk.create_dir(&shelf).at(&shelf)?;
            let blobs = self.blobs();
            self.disk.sync_dir(&blobs).at(&blobs)?;
        }
        self.disk.rename(&self.partial_path(blob), &target).at(&target)?;
        self.disk.sync_dir(&shelf).at(&shelf)
    }

    /// The manifest of a release, if it is here whole.
    fn read_manifest(&mut self, release: &BlobHash) -> Result<Option<Manifest>, PlanError> {
        let path = view::blob_path(&self.blobs(), release);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes.at(&path)?,
        };
        if BlobHash::of(&bytes) != *release {
            self.quarantine(release)?;
            return Ok(None);
        }
        let manifest = accept_manifest(&bytes)?;
        // Before anything of it is fetched.
        check_runtime(&manifest, &this_runtime())?;
        Ok(Some(manifest))
    }

    fn newest_staged(&self) -> Option<OpenRelease> {
        self.staged_ids()
            .iter()
            .filter_map(|id| staged_in(&self.root, id))
            .max_by_key(|release| release.manifest().version)
    }

    fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    fn pointer_path(&self) -> PathBuf {
        self.root.join("active")
    }

    fn partial_path(&self, blob: &BlobHash) -> PathBuf {
        self.root.join("incoming").join(format!("{blob}.part"))
    }
}

/// The active release did not prove itself: its predecessor takes over and it is remembered as rejected.
fn step_back(pointer: &mut Pointer, reason: &str) {
    let revision = match pointer.trust {
        Trust::Confirming { revision, .. } => revision,
        Trust::Confirmed => 0,
    };
    if let Some(release) = pointer.active.take() {
        pointer.rejected.retain(|rejected| rejected.release != release);
        pointer.rejected.push(Rejected { release, reason: reason.to_owned(), revision });
        let surplus = pointer.rejected.len().saturating_sub(REJECTED_MAX);
        pointer.rejected.drain(..surplus);
    }
    pointer.active = pointer.previous.take();
    pointer.trust = Trust::Confirmed;
}

fn manifest_path(root: &Path, release: &BlobHash) -> PathBuf {
    root.join("releases").join(format!("{release}.json"))
}

/// A release that is staged in `root` and still complete by name and size.
fn staged_in(root: &Path, release: &BlobHash) -> Option<OpenRelease> {
    if !hash_is_valid(release) {
        return None;
    }
    let bytes = fs::read(manifest_path(root, release)).ok()?;
    if BlobHash::of(&bytes) != *release {
        return None;
    }
    let manifest = accept_manifest(&bytes).ok()?;
    // A program that was set back leaves alone what only its successor could show.
    check_runtime(&manifest, &this_runtime()).ok()?;
    let blobs = root.join("blobs");
    manifest
        .files
        .values()
        .all(|file| blob_is_whole(&blobs, &file.blob, file.size_bytes))
        .then(|| OpenRelease::over(&blobs, release.clone(), manifest))
}

fn blob_is_whole(blobs: &Path, blob: &BlobHash, size_bytes: u64) -> bool {
    fs::metadata(view::blob_path(blobs, blob)).is_ok_and(|metadata| metadata.is_file() && metadata.len() == size_bytes)
}
